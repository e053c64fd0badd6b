// Chooses the checkpoint whose rankings are shown.
'use client'
import { useId } from 'react'
import type { RunDetail } from '@/contract/run'
import { formatCount } from '@/components/format'
import { chosenEvaluation } from '@/components/runs/prepare-runs'
import { Select } from '@/components/ui/field'

export function CheckpointSelect({ run, value, onChange }: { run: RunDetail; value: number; onChange: (step: number) => void }) {
  const id = useId()
  const best = chosenEvaluation(run, 'best')
  if (run.evaluations.length < 2) return null
  return (
    <div className="flex items-center gap-2">
      <label htmlFor={id} className="text-sm text-ink-2">
        Checkpoint
      </label>
      <Select id={id} value={value} onChange={(e) => onChange(Number(e.target.value))} className="tabular w-auto">
        {run.evaluations.map(({ checkpointStep }) => (
          <option key={checkpointStep} value={checkpointStep}>
            Step {formatCount(checkpointStep)}
            {checkpointStep === 0 ? ', the start' : checkpointStep === best?.checkpointStep ? ', best MRR@10' : ''}
          </option>
        ))}
      </Select>
    </div>
  )
}
