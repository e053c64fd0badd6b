// A step row as the SQL of this folder returns it, and the event that tells its state. Called by everything in server/db that changes steps.
import type { StepState } from '@/contract/run'
import type { Change } from './change'

export interface StepRow {
  id: string
  run_id: string | null
  dataset_id: string | null
  imported_model_id: string | null
  kind: string
  label: string
  params: Record<string, unknown>
  inputs: Record<string, string>
  key: string
  checkpoint_step: number | null
  state: StepState
  reason: string | null
  attempt: number
  tries: number
  reused: boolean
  chunk_scale: number
  disk_bytes: bigint
  remake: boolean
}

/** Tells the step's state as its row has it now. */
export function emitStep(change: Change, row: StepRow): void {
  const { id: stepId, state, attempt, reason, reused } = row
  change.emit({ runId: row.run_id, datasetId: row.dataset_id, body: { type: 'step-state', stepId, state, attempt, reason, reused } })
}
