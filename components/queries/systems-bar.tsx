// Which systems are shown beside the run: added from the runs on the same data set, taken away again, at most four together.
'use client'
import { X } from 'lucide-react'
import type { RunDetail } from '@/contract/run'
import { LineMark } from '@/components/charts/line-mark'
import { formatCount } from '@/components/format'
import { Select } from '@/components/ui/field'
import { useRuns } from '@/components/use-run-events'
import { MAX_SYSTEMS, type SystemRef } from './prepare-side-by-side'

export function SystemsBar({ run, others, onChange }: { run: RunDetail; others: SystemRef[]; onChange: (systems: SystemRef[]) => void }) {
  const runs = useRuns()
  const candidates = runs.data?.filter((each) => each.datasetId === run.datasetId && each.evaluations.length > 0) ?? []
  const full = others.length >= MAX_SYSTEMS - 1
  return (
    <div className="mb-3 flex flex-wrap items-center gap-2 text-sm text-ink-2">
      <label className="flex items-center gap-2">
        Beside it
        <Select
          value=""
          disabled={full}
          onChange={(e) => {
            const [runId, step] = e.target.value.split(':')
            onChange([...others, { runId, checkpoint: step === undefined ? null : Number(step) }])
          }}
          className="w-auto max-w-56"
        >
          <option value="">{full ? 'four at most' : 'add a system'}</option>
          {candidates
            .filter((each) => each.id !== run.id)
            .map((each) => (
              <option key={each.id} value={each.id}>
                {each.name}
              </option>
            ))}
          {run.evaluations.length > 1 && (
            <optgroup label={`${run.name} at another step`}>
              {run.evaluations.map(({ checkpointStep }) => (
                <option key={checkpointStep} value={`${run.id}:${checkpointStep}`}>
                  step {formatCount(checkpointStep)}
                </option>
              ))}
            </optgroup>
          )}
        </Select>
      </label>
      {others.map((system, i) => {
        const found = candidates.find((each) => each.id === system.runId)
        const name = `${found?.name ?? system.runId}${system.checkpoint === null ? '' : ` at ${formatCount(system.checkpoint)}`}`
        return (
          <span key={i} className="inline-flex h-7 items-center gap-2 rounded-md border border-line bg-surface pr-1 pl-2">
            {found && <LineMark colorIndex={found.colorIndex} />}
            <span className="max-w-40 truncate text-ink">{name}</span>
            <button type="button" aria-label={`Take ${name} away`} onClick={() => onChange(others.filter((_, at) => at !== i))} className="grid size-6 place-items-center rounded hover:bg-hover">
              <X className="size-3.5" />
            </button>
          </span>
        )
      })}
    </div>
  )
}
