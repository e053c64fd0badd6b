// A step's life: claimed by one worker under a lease, reported on, ended. Every write names the attempt it belongs to and finds
// no row once another attempt has begun. Called by jobs/server.ts.
import type { LogLevel, MetricPoint } from '@/contract/event'
import type { Progress } from '@/contract/progress'
import type { StepKind } from '@/contract/run'
import { advance, emitStep, failRun, recordOutcome, type StepRow } from './advance'
import { recordArtifact, type PublishedArtifact } from './artifacts'
import { change, changePlan, type Change } from './change'
import type { Database } from './client'
import { recordMetrics } from './metrics'
import { stepsWithoutJob } from './queue'

/** How often a step is begun again after its worker or its child was lost. */
const MAX_TRIES = 3

export interface ClaimedStep {
  id: string
  runId: string | null
  datasetId: string | null
  kind: StepKind
  label: string
  params: Record<string, unknown>
  /** Role -> key of the input's artifact. */
  inputs: Record<string, string>
  key: string
  attempt: number
}

/** Who may write about a running step: this worker, in this attempt. */
export interface Fence {
  stepId: string
  attempt: number
  workerId: string
}

export interface ClaimOptions {
  stepId: string
  workerId: string
  leaseMs: number
}

/**
 * Makes the worker the owner of a queued step, or returns null where it is no longer queued or the same artifact is being made
 * already: the second of two runs then gets it as reused.
 */
export function claimStep(db: Database, { stepId, workerId, leaseMs }: ClaimOptions): Promise<ClaimedStep | null> {
  return changePlan(db, async (c) => {
    const [row] = await c.tx.$queryRaw<StepRow[]>`
      UPDATE step s SET state = 'running', attempt = attempt + 1, tries = tries + 1, worker_id = ${workerId}, lease_until = clock_timestamp() + make_interval(secs => ${leaseMs / 1000}::float8),
        started_at = clock_timestamp(), finished_at = NULL, reason = NULL, progress = NULL
      WHERE s.id = ${stepId} AND s.state = 'queued' AND NOT EXISTS (SELECT 1 FROM step t WHERE t.key = s.key AND t.state = 'running')
      RETURNING s.*`
    if (!row) return null
    emitStep(c, row)
    if (row.run_id) {
      const started = await c.tx.$executeRaw`UPDATE run SET state = 'running', started_at = coalesce(started_at, clock_timestamp()) WHERE id = ${row.run_id} AND state = 'queued'`
      if (started) c.emit({ runId: row.run_id, datasetId: null, body: { type: 'run-state', state: 'running', reason: null } })
    }
    return { id: row.id, runId: row.run_id, datasetId: row.dataset_id, kind: row.kind as StepKind, label: row.label, params: row.params, inputs: row.inputs, key: row.key, attempt: row.attempt }
  })
}

/** Extends the leases of a worker's running steps. Returns those that are still its own, and whether their run is being cancelled. */
export async function renewLeases(db: Database, workerId: string, leaseMs: number): Promise<{ id: string; attempt: number; cancel: boolean }[]> {
  return db.$queryRaw`
    UPDATE step s SET lease_until = clock_timestamp() + make_interval(secs => ${leaseMs / 1000}::float8)
    WHERE s.worker_id = ${workerId} AND s.state = 'running'
    RETURNING s.id, s.attempt, coalesce((SELECT r.state = 'cancelling' FROM run r WHERE r.id = s.run_id), false) AS cancel`
}

/** What a step has reported since the last write. */
export interface Report {
  progress: Progress | null
  points: MetricPoint[]
  logs: { level: LogLevel; line: string }[]
}

/** Stores a report with its events. False where the step is no longer this attempt's: the caller stops its child. */
export function recordReport(db: Database, { stepId, attempt, workerId }: Fence, { progress, points, logs }: Report): Promise<boolean> {
  return change(db, async (c) => {
    const [row] = await c.tx.$queryRaw<{ run_id: string | null; dataset_id: string | null }[]>`
      UPDATE step SET progress = coalesce(${progress ? JSON.stringify(progress) : null}::jsonb, progress)
      WHERE id = ${stepId} AND attempt = ${attempt} AND worker_id = ${workerId} AND state = 'running' RETURNING run_id, dataset_id`
    if (!row) return false
    const of = { runId: row.run_id, datasetId: row.dataset_id }
    if (points.length && row.run_id) {
      await recordMetrics(c.tx, row.run_id, attempt, points)
      c.emit({ ...of, body: { type: 'metrics', stepId, points } })
    }
    for (const { level, line } of logs) c.emit({ ...of, body: { type: 'log', stepId, level, line } })
    if (progress) c.emit({ ...of, body: { type: 'progress', stepId, progress } })
    return true
  })
}

/**
 * Records a published artifact and ends its step. The artifact is recorded even where the step is no longer this attempt's, because
 * it is there: whoever waits for it goes on. Returns whether the step was still ours.
 */
export function publishStep(db: Database, fence: Fence, artifact: PublishedArtifact): Promise<boolean> {
  return changePlan(db, async (c) => {
    await recordArtifact(c.tx, artifact)
    const [row] = await endStep(c, fence, 'succeeded', null, artifact.result)
    if (row) {
      await recordOutcome(c, row, artifact.result)
      emitStep(c, row)
    }
    await advance(c)
    return row !== undefined
  })
}

export interface Failure {
  reason: string
  /** True where the cause is not the step itself (its process was lost): it is begun again, a few times. */
  retry: boolean
}

/** Ends or requeues a step that failed, and what depends on it. */
export function failStep(db: Database, fence: Fence, failure: Failure): Promise<boolean> {
  return changePlan(db, async (c) => {
    const owned = await lockOwned(c, fence)
    if (!owned) return false
    await giveUpOrRequeue(c, owned, failure)
    await advance(c)
    return true
  })
}

/** Ends a step whose child has stopped because its run is cancelled. */
export function cancelStep(db: Database, fence: Fence): Promise<boolean> {
  return changePlan(db, async (c) => {
    const [row] = await endStep(c, fence, 'cancelled', 'Cancelled by the user', null)
    if (row) emitStep(c, row)
    await advance(c)
    return row !== undefined
  })
}

/** Gives a step back because its worker stops; it does not count as a try. */
export function releaseStep(db: Database, fence: Fence): Promise<boolean> {
  return changePlan(db, async (c) => {
    const owned = await lockOwned(c, fence)
    if (!owned) return false
    if (await isCancelling(c, owned)) {
      await settle(c, owned, 'cancelled', 'Cancelled by the user')
      await advance(c)
    } else await requeue(c, owned, 'Its worker was stopped; it goes on with the next worker', owned.tries - 1)
    return true
  })
}

/** Takes back steps whose worker is known to be gone, or whose lease has lapsed, and sends again those that the queue has lost. */
export function sweepSteps(db: Database, goneWorkers: string[]): Promise<{ lapsed: number; resent: number }> {
  return changePlan(db, async (c) => {
    const lapsed = await c.tx.$queryRaw<StepRow[]>`
      SELECT * FROM step WHERE state = 'running' AND (lease_until < clock_timestamp() OR worker_id = ANY(${goneWorkers}::text[])) FOR UPDATE`
    for (const row of lapsed) await giveUpOrRequeue(c, row, { reason: 'Its worker was lost', retry: true })
    if (lapsed.length) await advance(c)
    const lost = await stepsWithoutJob(c.tx)
    if (lost.length) c.enqueue(lost)
    return { lapsed: lapsed.length, resent: lost.length }
  })
}

/** Those of the given keys that an unfinished step still makes. */
export async function unfinishedKeys(db: Database, keys: string[]): Promise<Set<string>> {
  const rows = await db.step.findMany({ where: { key: { in: keys }, state: { not: 'succeeded' } }, select: { key: true } })
  return new Set(rows.map((row) => row.key))
}

/** The running step of this attempt, locked until the transaction ends; null where it is no longer ours. */
async function lockOwned(c: Change, { stepId, attempt, workerId }: Fence): Promise<StepRow | null> {
  const [row] = await c.tx.$queryRaw<StepRow[]>`SELECT * FROM step WHERE id = ${stepId} AND attempt = ${attempt} AND worker_id = ${workerId} AND state = 'running' FOR UPDATE`
  return row ?? null
}

function endStep(c: Change, { stepId, attempt, workerId }: Fence, state: string, reason: string | null, result: unknown): Promise<StepRow[]> {
  return c.tx.$queryRaw<StepRow[]>`
    UPDATE step s SET state = ${state}, reason = ${reason}, result = ${result === null || result === undefined ? null : JSON.stringify(result)}::jsonb, finished_at = clock_timestamp(), lease_until = NULL
    WHERE id = ${stepId} AND attempt = ${attempt} AND worker_id = ${workerId} AND state = 'running' RETURNING s.*`
}

async function giveUpOrRequeue(c: Change, row: StepRow, { reason, retry }: Failure): Promise<void> {
  if (await isCancelling(c, row)) return settle(c, row, 'cancelled', 'Cancelled by the user')
  if (retry && row.tries < MAX_TRIES) return requeue(c, row, `${reason}; begun again (try ${row.tries + 1} of ${MAX_TRIES})`, row.tries)
  const words = retry && row.tries >= MAX_TRIES ? `${reason}, ${MAX_TRIES} times` : reason
  await settle(c, row, 'failed', words)
  if (row.run_id) return failRun(c, row.run_id, `“${row.label}” failed: ${words}`)
  if (row.imported_model_id) {
    await c.tx.$executeRaw`UPDATE imported_model SET state = 'failed', reason = ${words} WHERE id = ${row.imported_model_id}`
    return c.emit({ runId: null, datasetId: null, body: { type: 'model-state', modelId: row.imported_model_id, state: 'failed', reason: words } })
  }
  await c.tx.$executeRaw`UPDATE dataset SET state = 'failed', reason = ${words} WHERE id = ${row.dataset_id}`
  c.emit({ runId: null, datasetId: row.dataset_id, body: { type: 'dataset-state', state: 'failed', reason: words } })
}

async function isCancelling(c: Change, row: StepRow): Promise<boolean> {
  const run = row.run_id ? await c.tx.run.findUnique({ where: { id: row.run_id }, select: { state: true } }) : null
  return run?.state === 'cancelling'
}

async function settle(c: Change, row: StepRow, state: 'failed' | 'cancelled', reason: string): Promise<void> {
  const [changed] = await c.tx.$queryRaw<StepRow[]>`
    UPDATE step s SET state = ${state}, reason = ${reason}, finished_at = clock_timestamp(), lease_until = NULL WHERE id = ${row.id} RETURNING s.*`
  emitStep(c, changed)
}

async function requeue(c: Change, row: StepRow, reason: string, tries: number): Promise<void> {
  const [changed] = await c.tx.$queryRaw<StepRow[]>`
    UPDATE step s SET state = 'queued', reason = ${reason}, tries = ${tries}, worker_id = NULL, lease_until = NULL, queued_at = clock_timestamp() WHERE id = ${row.id} RETURNING s.*`
  c.enqueue([row.id])
  emitStep(c, changed)
}
