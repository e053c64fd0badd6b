// A step's life: claimed by one worker under a lease, reported on, ended. Every write names the attempt it belongs to and finds
// no row once another attempt has begun. Called by jobs/server.ts.
import type { LogLevel, MetricPoint } from '@/contract/event'
import type { ResourceSample } from '@/contract/resources'
import type { Capabilities } from '@/contract/needs'
import type { Progress } from '@/contract/progress'
import type { StepKind } from '@/contract/run'
import { advance, failRun, recordOutcome } from './advance'
import { recordArtifact, type PublishedArtifact } from './artifacts'
import { change, changePlan, type Change } from './change'
import type { Database } from './client'
import { Prisma } from './generated/client'
import { recordMetrics } from './metrics'
import { recordSamples } from './resources'
import { stepsWithoutJob } from './queue'
import { shareOut } from './shards'
import { orderRebuild } from './rebuild'
import { decideRetry, type FailureCause } from './retry-policy'
import { emitStep, type StepRow } from './step-row'

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
  /** Below 1 after an attempt that ran out of memory: work in smaller pieces. */
  chunkScale: number
  /** What its artifact will take. */
  diskBytes: number
  /** To be done even where this machine has the artifact. */
  remake: boolean
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
  /** What the worker has; absent: everything. */
  capabilities?: Capabilities
}

/**
 * Makes the worker the owner of a queued step, or returns null where it is no longer queued or the same artifact is being made
 * already: the second of two runs then gets it as reused.
 */
export function claimStep(db: Database, { stepId, workerId, leaseMs, capabilities }: ClaimOptions): Promise<ClaimedStep | null> {
  return changePlan(db, async (c) => {
    if (await shareOut(c, stepId)) return null
    const [row] = await c.tx.$queryRaw<StepRow[]>`
      UPDATE step s SET state = 'running', attempt = attempt + 1, tries = tries + 1, worker_id = ${workerId}, lease_until = clock_timestamp() + make_interval(secs => ${leaseMs / 1000}::float8),
        started_at = clock_timestamp(), finished_at = NULL, reason = NULL, progress = NULL, retry_at = NULL
      WHERE s.id = ${stepId} AND s.state = 'queued' AND (s.retry_at IS NULL OR s.retry_at <= clock_timestamp())
        AND ${capabilities ? Prisma.sql`s.code = ANY(${capabilities.codes}::text[]) AND s.device = ANY(${capabilities.devices}::text[]) AND s.memory_bytes <= ${capabilities.memoryBytes}` : Prisma.sql`true`}
        AND NOT EXISTS (SELECT 1 FROM step t WHERE t.key = s.key AND t.state = 'running') AND NOT EXISTS (SELECT 1 FROM setting WHERE name = 'queue-pause')
      RETURNING s.*`
    if (!row) return null
    emitStep(c, row)
    if (row.run_id) {
      const started = await c.tx.$executeRaw`UPDATE run SET state = 'running', started_at = coalesce(started_at, clock_timestamp()) WHERE id = ${row.run_id} AND state = 'queued'`
      if (started) c.emit({ runId: row.run_id, datasetId: null, body: { type: 'run-state', state: 'running', reason: null } })
    }
    return { id: row.id, runId: row.run_id, datasetId: row.dataset_id, kind: row.kind as StepKind, label: row.label, params: row.params, inputs: row.inputs, key: row.key, attempt: row.attempt, chunkScale: row.chunk_scale, diskBytes: Number(row.disk_bytes), remake: row.remake }
  })
}

/** Extends the leases of a worker's running steps. Returns those that are still its own, and whether their run is being cancelled. */
export async function renewLeases(db: Database, workerId: string, leaseMs: number): Promise<{ id: string; attempt: number; cancel: boolean }[]> {
  return db.$queryRaw`
    UPDATE step s SET lease_until = clock_timestamp() + make_interval(secs => ${leaseMs / 1000}::float8)
    WHERE s.worker_id = ${workerId} AND s.state = 'running'
    RETURNING s.id, s.attempt, coalesce((SELECT r.state = 'cancelling' FROM run r WHERE r.id = s.run_id), false) AS cancel`
}

/** Gives back steps whose attempt this worker has dropped without writing its end. */
export function releaseForgotten(db: Database, workerId: string, steps: { id: string; attempt: number }[]): Promise<void> {
  return changePlan(db, async (c) => {
    for (const { id: stepId, attempt } of steps) {
      const owned = await lockOwned(c, { stepId, attempt, workerId })
      if (owned) await giveUpOrRequeue(c, owned, { reason: 'Its worker was cut off from the database', cause: 'lost-worker' })
    }
    await advance(c)
  })
}

/** What a step has reported since the last write. */
export interface Report {
  progress: Progress | null
  points: MetricPoint[]
  logs: { level: LogLevel; line: string }[]
  samples: ResourceSample[]
}

/** Stores a report with its events. False where the step is no longer this attempt's: the caller stops its child. */
export function recordReport(db: Database, { stepId, attempt, workerId }: Fence, { progress, points, logs, samples }: Report): Promise<boolean> {
  return change(db, async (c) => {
    const share = progress && progress.total > 0 ? progress.done / progress.total : 0
    const [row] = await c.tx.$queryRaw<{ run_id: string | null; dataset_id: string | null }[]>`
      UPDATE step SET progress = coalesce(${progress ? JSON.stringify(progress) : null}::jsonb, progress),
        tries = CASE WHEN ${share}::float8 > furthest THEN 0 ELSE tries END, furthest = greatest(furthest, ${share}::float8)
      WHERE id = ${stepId} AND attempt = ${attempt} AND worker_id = ${workerId} AND state = 'running' RETURNING run_id, dataset_id`
    if (!row) return false
    const of = { runId: row.run_id, datasetId: row.dataset_id }
    if (points.length && row.run_id) {
      await recordMetrics(c.tx, row.run_id, attempt, points)
      c.emit({ ...of, body: { type: 'metrics', stepId, points } })
    }
    if (samples.length) await recordSamples(c.tx, { stepId, attempt }, samples)
    for (const { level, line } of logs) c.emit({ ...of, body: { type: 'log', stepId, attempt, level, line } })
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
  /** Decides whether it is begun again (server/db/retry-policy.ts). */
  cause: FailureCause
  /** The artifact whose files are damaged, where the cause is a damaged input. */
  damagedKey?: string
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
    } else await requeue(c, owned, { reason: 'Its worker was stopped; it goes on with the next worker', tries: Math.max(0, owned.tries - 1), delayMs: 0, chunkScale: owned.chunk_scale })
    return true
  })
}

/**
 * Takes back steps whose worker is known to be gone, or whose lease has lapsed, and sends again those that the queue has lost. Leases
 * that lapsed while Postgres itself was away say nothing: for one lease after its start their workers get the time to renew them.
 */
export function sweepSteps(db: Database, goneWorkers: string[], leaseMs: number): Promise<{ lapsed: number; resent: number }> {
  return changePlan(db, async (c) => {
    const lapsed = await c.tx.$queryRaw<StepRow[]>`
      SELECT * FROM step WHERE state = 'running' AND ((lease_until < clock_timestamp() AND pg_postmaster_start_time() < clock_timestamp() - make_interval(secs => ${leaseMs / 1000}::float8))
        OR worker_id = ANY(${goneWorkers}::text[])) FOR UPDATE`
    for (const row of lapsed) await giveUpOrRequeue(c, row, { reason: 'Its worker was lost', cause: 'lost-worker' })
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
    UPDATE step s SET state = ${state}, reason = ${reason}, result = ${result === null || result === undefined ? null : JSON.stringify(result)}::jsonb, finished_at = clock_timestamp(), lease_until = NULL, remake = remake AND ${state !== 'succeeded'}
    WHERE id = ${stepId} AND attempt = ${attempt} AND worker_id = ${workerId} AND state = 'running' RETURNING s.*`
}

async function giveUpOrRequeue(c: Change, row: StepRow, { reason, cause, damagedKey }: Failure): Promise<void> {
  if (await isCancelling(c, row)) return settle(c, row, 'cancelled', 'Cancelled by the user')
  // Released once without counting (`tries` 0) and lost then: it is the first try all the same.
  const decision = decideRetry(cause, reason, { tries: Math.max(1, row.tries), chunkScale: row.chunk_scale })
  await c.tx.$executeRaw`UPDATE step SET cause = ${cause} WHERE id = ${row.id}`
  if (decision.retry && damagedKey && (await orderRebuild(c, row, damagedKey))) return
  if (decision.retry && !damagedKey) return requeue(c, row, { reason: decision.words, tries: row.tries, delayMs: decision.delayMs, chunkScale: decision.chunkScale })
  await settle(c, row, 'failed', decision.words)
  if (row.kind === 'import') await failDatasets(c, row.key, decision.words)
  if (row.run_id) await failRun(c, row.run_id, `“${row.label}” failed: ${decision.words}`)
  if (row.imported_model_id) {
    await c.tx.$executeRaw`UPDATE imported_model SET state = 'failed', reason = ${decision.words} WHERE id = ${row.imported_model_id}`
    c.emit({ runId: null, datasetId: null, body: { type: 'model-state', modelId: row.imported_model_id, state: 'failed', reason: decision.words } })
  }
}

/** A data set whose files cannot be made, or made again after they were damaged, is no data set to launch on. */
async function failDatasets(c: Change, importKey: string, reason: string): Promise<void> {
  const rows = await c.tx.$queryRaw<{ id: string }[]>`UPDATE dataset SET state = 'failed', reason = ${reason} WHERE import_key = ${importKey} RETURNING id`
  for (const { id } of rows) c.emit({ runId: null, datasetId: id, body: { type: 'dataset-state', state: 'failed', reason } })
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

async function requeue(c: Change, row: StepRow, { reason, tries, delayMs, chunkScale }: { reason: string; tries: number; delayMs: number; chunkScale: number }): Promise<void> {
  const [changed] = await c.tx.$queryRaw<StepRow[]>`
    UPDATE step s SET state = 'queued', reason = ${reason}, tries = ${tries}, chunk_scale = ${chunkScale}, worker_id = NULL, lease_until = NULL, queued_at = clock_timestamp(),
      retry_at = CASE WHEN ${delayMs}::int > 0 THEN clock_timestamp() + make_interval(secs => ${delayMs / 1000}::float8) END
    WHERE id = ${row.id} RETURNING s.*`
  c.enqueue([row.id])
  emitStep(c, changed)
}
