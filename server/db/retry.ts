// Lets a run go on: from where it stopped, or from a step that a person chose, whose artifact and everything made of it is then made anew.
// Called by app/api/runs/[id]/retry.
import fs from 'node:fs/promises'
import { AppError } from '@/contract/errors'
import { isLive, type RunState, type StepKind } from '@/contract/run'
import { advance } from './advance'
import { moveAside } from './artifacts'
import { CONSOLE, recordAudit, type Actor } from './audit'
import { changePlan, type Change } from './change'
import type { Database, Tx } from './client'
import { Prisma } from './generated/client'
import { artifactStore } from './local-artifact'
import { artifactsDir } from './location'
import { findRun } from './runs'
import { emitStep, type StepRow } from './step-row'

/** Steps that are parts of others, made when workers share these. */
const PART_KINDS: string[] = ['encode-shard', 'encode-queries', 'retrieve-shard'] satisfies StepKind[]

/** Lets a failed or cancelled run go on from its first unfinished step. Throws conflict where it cannot. */
export function retryRun(db: Database, id: string, by: Actor = CONSOLE): Promise<void> {
  return changePlan(db, async (c) => {
    const run = await findRun(c.tx, id)
    if (run.state !== 'failed' && run.state !== 'cancelled') throw new AppError('conflict', `Run ${run.name} is ${run.state}; only a failed or cancelled run can be retried as it is. To do a step again, name it`)
    await reopenRun(c, id)
    await recordAudit(c.tx, by, 'run.retry', id, { name: run.name })
  })
}

/**
 * Makes the artifact of a step of an ended run again, and those of all steps of the run that go back to it. Throws not-found for a step
 * that is not the run's, conflict where the run or another one still works with them, unavailable where the store does not answer.
 */
export async function retryFrom(db: Database, id: string, stepId: string, by: Actor = CONSOLE): Promise<void> {
  // From the store first: a worker that has made a step again must not find its old artifact there and leave it.
  await artifactStore().remove((await stepsFrom(db, id, stepId)).map((step) => step.key))
  const folders = await changePlan(db, async (c) => {
    const steps = await stepsFrom(c.tx, id, stepId)
    const keys = steps.map((step) => step.key)
    const stepIds = steps.map((step) => step.id)
    await c.tx.artifact.deleteMany({ where: { key: { in: keys } } })
    await c.tx.checkpoint.deleteMany({ where: { stepId: { in: stepIds } } })
    await c.tx.evaluation.deleteMany({ where: { stepId: { in: stepIds } } })
    await c.tx.step.updateMany({ where: { id: { in: stepIds }, state: 'succeeded' }, data: { state: 'cancelled' } })
    await c.tx.step.updateMany({ where: { id: { in: stepIds } }, data: { remake: true, reused: false } })
    await reopenRun(c, id)
    await recordAudit(c.tx, by, 'run.retry', id, { from: steps[0].label, steps: steps.length })
    return moveAside(artifactsDir(), keys).folders
  })
  for (const folder of folders) await fs.rm(folder, { recursive: true, force: true })
}

/** The step, and those of its run that go back to it, in order. */
async function stepsFrom(tx: Tx, runId: string, stepId: string): Promise<{ id: string; key: string; label: string }[]> {
  const run = await findRun(tx, runId)
  if (isLive(run.state as RunState)) throw new AppError('conflict', `Run ${run.name} is ${run.state}; cancel it first`)
  const steps = await tx.step.findMany({ where: { runId }, orderBy: { ordinal: 'asc' }, select: { id: true, kind: true, key: true, label: true, dependsOn: true } })
  const chosen = steps.find((step) => step.id === stepId)
  if (!chosen) throw new AppError('not-found', `Run ${run.name} has no step ${stepId}`)
  if (chosen.kind === 'import' || chosen.kind === 'import-model') throw new AppError('conflict', `“${chosen.label}” is shared by all runs on it and is not made again; import it under another name`)
  const found = new Set([chosen])
  const keys = new Set([chosen.key])
  // a step that workers have shared is made of its parts, and these of theirs
  for (const whole of found) for (const step of steps) if (PART_KINDS.includes(step.kind) && whole.dependsOn.includes(step.key)) found.add(step)
  for (const { key } of found) keys.add(key)
  // parts come after the step that joins them, so one pass in order is not enough
  for (let before = 0; before < keys.size; ) {
    before = keys.size
    for (const step of steps.filter((each) => each.dependsOn.some((key) => keys.has(key)))) {
      found.add(step)
      keys.add(step.key)
    }
  }
  const [busy] = await tx.$queryRaw<{ label: string; run_name: string | null }[]>`
    SELECT s.label, r.name AS run_name FROM step s LEFT JOIN run r ON r.id = s.run_id
    WHERE s.state IN ('waiting', 'queued', 'running') AND (s.key = ANY(${[...keys]}::text[]) OR s.depends_on && ${[...keys]}::text[]) LIMIT 1`
  if (busy) throw new AppError('conflict', `“${busy.label}”${busy.run_name ? ` of run ${busy.run_name}` : ''} works with what would be made again; wait until it ends`)
  return [...found]
}

/** Opens the run and those of its steps that failed or were cancelled. */
async function reopenRun(c: Change, id: string): Promise<void> {
  await c.tx.run.update({ where: { id }, data: { state: 'queued', reason: null, stopReason: null, earlyStop: Prisma.DbNull, cancelRequestedAt: null, finishedAt: null } })
  c.emit({ runId: id, datasetId: null, body: { type: 'run-state', state: 'queued', reason: null } })
  const rows = await c.tx.$queryRaw<StepRow[]>`
    UPDATE step s SET state = 'waiting', reason = NULL, cause = NULL, tries = 0, furthest = 0, chunk_scale = 1, retry_at = NULL, worker_id = NULL, progress = NULL, started_at = NULL, finished_at = NULL
    WHERE run_id = ${id} AND state IN ('failed', 'cancelled') RETURNING s.*`
  for (const row of rows) emitStep(c, row)
  await advance(c)
  const after = await findRun(c.tx, id)
  if (after.state === 'failed') throw new AppError('conflict', `Run ${after.name} cannot go on: ${after.reason}`)
}
