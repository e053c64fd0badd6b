// Decides what the export of a run's model shows: its checkpoints, and how each format of one stands.
import type { ModelFormat } from '@/contract/model'
import { exportLabel } from '@/contract/pipeline'
import type { RunDetail, RunFile, StepSummary } from '@/contract/run'

/** `absent`: not ordered yet, or its files were removed since. */
export type ExportStand = { state: 'absent' } | { state: 'under-way'; step: StepSummary } | { state: 'failed'; reason: string } | { state: 'ready'; files: RunFile[] }

/** Optimizer steps of the checkpoints that are there, ascending. */
export function exportableSteps(run: RunDetail): number[] {
  const published = new Set(run.files.map((file) => file.stepId))
  return run.steps.flatMap(({ id, kind, checkpointStep }) => (kind === 'train' && checkpointStep !== null && published.has(id) ? [checkpointStep] : []))
}

export function exportStand(run: RunDetail, format: ModelFormat, checkpointStep: number): ExportStand {
  const step = run.steps.findLast((each) => each.kind === 'export' && each.label === exportLabel(format, checkpointStep))
  if (!step) return { state: 'absent' }
  if (step.state === 'failed' || step.state === 'cancelled') return { state: 'failed', reason: step.reason ?? 'No reason was recorded.' }
  if (step.state !== 'succeeded') return { state: 'under-way', step }
  const files = run.files.filter((file) => file.stepId === step.id)
  return files.length > 0 ? { state: 'ready', files } : { state: 'absent' }
}
