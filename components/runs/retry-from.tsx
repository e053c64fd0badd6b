// Does a step of an ended run again, and all that was made of it: asks which. Used by the run's actions.
'use client'
import { RotateCcw } from 'lucide-react'
import { useState } from 'react'
import type { RunDetail } from '@/contract/run'
import { Button } from '@/components/ui/button'
import { ConfirmDialog } from '@/components/ui/confirm-dialog'
import { Field, Select } from '@/components/ui/field'

interface RetryFromProps {
  run: RunDetail
  onRetry: (stepId: string) => Promise<unknown>
}

export function RetryFrom({ run, onRetry }: RetryFromProps) {
  const steps = run.steps.filter(({ kind }) => kind !== 'import' && kind !== 'import-model').sort((a, b) => a.ordinal - b.ordinal)
  const [stepId, setStepId] = useState<string | null>(null)
  if (steps.length === 0) return null
  const chosen = stepId ?? (steps.find((step) => step.state === 'failed') ?? steps[0]).id
  return (
    <ConfirmDialog
      trigger={
        <Button className="w-full justify-start">
          <RotateCcw /> Run again from a step
        </Button>
      }
      title={`Run ${run.name} again from a step`}
      action="Run again"
      keep="Keep as it is"
      onConfirm={() => onRetry(chosen)}
    >
      <Field label="From">
        {(ids) => (
          <Select {...ids} value={chosen} onChange={(event) => setStepId(event.target.value)}>
            {steps.map((step) => (
              <option key={step.id} value={step.id}>
                {step.label}
              </option>
            ))}
          </Select>
        )}
      </Field>
      <p className="mt-3">The step and everything of this run that was made of it is made anew; until then its measures and files are not there.</p>
    </ConfirmDialog>
  )
}
