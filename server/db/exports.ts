// Checkpoints that are written for other programs: ordered of a run that may have ended long ago, as one more step of it. Called by
// app/api/runs/[id]/exports and `drhard model export`.
import { AppError } from '@/contract/errors'
import type { ModelFormat, NewExport } from '@/contract/model'
import { planExport } from '@/contract/pipeline'
import type { StepInputs, StepParams } from '@/contract/step'
import { sha256 } from '@/server/files/sha256'
import { advance } from './advance'
import { CONSOLE, recordAudit, type Actor } from './audit'
import { changePlan } from './change'
import type { Database, Tx } from './client'
import { stepRow } from './launch'
import { modelCard } from './model-card'
import { readRun } from './runs'
import { emitStep, type StepRow } from './step-row'

export interface ExportPlan {
  runName: string
  checkpointStep: number
  params: StepParams['export']
  inputs: StepInputs['export']
}

/** What an export of a run's checkpoint (the last, unless one is given) is made of. Throws bad-input where the run has no such checkpoint, conflict where it was removed. */
export async function exportPlan(tx: Tx, runId: string, { checkpoint, format }: { checkpoint?: number; format: ModelFormat }): Promise<ExportPlan> {
  const run = await readRun(tx, runId)
  const trained = run.steps.filter((step) => step.kind === 'train' && step.state === 'succeeded' && step.checkpointStep !== null)
  const step = checkpoint === undefined ? trained.at(-1) : trained.find((each) => each.checkpointStep === checkpoint)
  const tokens = run.steps.find((each) => each.kind === 'tokenise' && each.state === 'succeeded')
  if (!step || !tokens) throw new AppError('bad-input', `Run ${run.name} has no checkpoint${checkpoint === undefined ? '' : ` at step ${checkpoint}`}; it has ${trained.map((each) => each.checkpointStep).join(', ') || 'none'}`)
  const inputs = { checkpoint: step.artifactKey, tokens: tokens.artifactKey }
  const there = await tx.artifact.count({ where: { key: { in: Object.values(inputs) } } })
  if (there < 2) throw new AppError('conflict', `The files of ${run.name}'s checkpoint ${step.checkpointStep} were removed (artifacts gc); a run that starts from it makes them again`)
  const checkpointStep = step.checkpointStep!
  return { runName: run.name, checkpointStep, inputs, params: { format, card: await modelCard(tx, run, checkpointStep) } }
}

/** Queues an export and returns the step that makes it; one that is there or under way is not made twice. */
export function orderExport(db: Database, runId: string, { format, checkpoint }: NewExport, by: Actor = CONSOLE): Promise<string> {
  return changePlan(db, async (c) => {
    const { runName, checkpointStep, params, inputs } = await exportPlan(c.tx, runId, { format, checkpoint })
    const step = planExport(params, inputs, checkpointStep, sha256)
    const before = await c.tx.step.findFirst({ where: { runId, key: step.key } })
    const { _max } = await c.tx.step.aggregate({ where: { runId }, _max: { ordinal: true } })
    const { id } = before ?? (await c.tx.step.create({ data: { ...stepRow(step), runId, ordinal: (_max.ordinal ?? 0) + 1 } }))
    if (before) await reopen()
    await advance(c)
    await recordAudit(c.tx, by, 'model.export', runId, { run: runName, checkpoint: checkpointStep, format })
    return id

    /** One that failed, or whose files were removed, is made again. */
    async function reopen(): Promise<void> {
      const rows = await c.tx.$queryRaw<StepRow[]>`
        UPDATE step s SET state = 'waiting', reason = NULL, cause = NULL, tries = 0, furthest = 0, retry_at = NULL, worker_id = NULL, progress = NULL, started_at = NULL, finished_at = NULL
        WHERE id = ${id} AND (state IN ('failed', 'cancelled') OR (state = 'succeeded' AND NOT EXISTS (SELECT 1 FROM artifact a WHERE a.key = s.key))) RETURNING s.*`
      for (const row of rows) emitStep(c, row)
    }
  })
}
