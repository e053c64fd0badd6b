// Runs: listed, shown, cancelled, retried, deleted. Called by app/api, pages of app and jobs. Launching is launch.ts.
import { AppError } from '@/contract/errors'
import { DatasetCounts, Split } from '@/contract/dataset'
import { MeasureIntervals, MeasureValues } from '@/contract/measure'
import { canRun } from '@/contract/needs'
import { Progress } from '@/contract/progress'
import { canonicalJson } from '@/contract/pipeline'
import { isLive, RunConfig, type NewRun, type RunDetail, type RunFile, RunState, type RunSummary, type StepKind, type StepSummary } from '@/contract/run'
import { advance, cancelUnstarted } from './advance'
import { CONSOLE, recordAudit, type Actor } from './audit'
import { forgetUnusedArtifacts } from './artifacts'
import { changePlan, type Change } from './change'
import type { Database, Tx } from './client'
import { lastCursor } from './events'
import { Prisma } from './generated/client'
import { withdrawSteps } from './queue'
import { readPause } from './settings'
import { emitStep, type StepRow } from './step-row'
import { liveCapabilities } from './workers'

const INCLUDE_HEAD = {
  dataset: { select: { name: true, counts: true } },
  startRun: { select: { name: true } },
  importedModel: { select: { name: true } },
  evaluations: { orderBy: { checkpointStep: 'asc' } },
} satisfies Prisma.RunInclude
const STEPS = { orderBy: { ordinal: 'asc' }, omit: { inputs: true, result: true, dependsOn: true } } satisfies Prisma.Run$stepsArgs
const INCLUDE = { ...INCLUDE_HEAD, steps: STEPS } satisfies Prisma.RunInclude
type RunRow = Prisma.RunGetPayload<{ include: typeof INCLUDE }>
type RunHead = Omit<RunRow, 'steps'>
type RunStep = RunRow['steps'][number]

const LIVE = RunState.options.filter(isLive)

/** All runs, newest first. Steps are read of live runs only, and counted of the others: there may be many. */
export async function listRuns(tx: Tx): Promise<RunSummary[]> {
  const rows = await tx.run.findMany({ include: INCLUDE_HEAD, orderBy: { seq: 'desc' } })
  const [liveSteps, counts] = await Promise.all([
    tx.step.findMany({ ...STEPS, where: { run: { state: { in: LIVE } } } }),
    tx.$queryRaw<{ run_id: string; done: number; total: number }[]>`
      SELECT run_id, count(*) FILTER (WHERE state = 'succeeded')::int AS done, count(*)::int AS total FROM step WHERE run_id IS NOT NULL GROUP BY run_id`,
  ])
  const durations = liveSteps.length ? await readDurations(tx) : new Map<string, number>()
  const countsOf = new Map(counts.map((count) => [count.run_id, count]))
  return rows.map((row) => {
    const steps = liveSteps.filter((step) => step.runId === row.id)
    return steps.length ? summarise({ ...row, steps }, durations) : summariseHead(row, countsOf.get(row.id) ?? { done: 0, total: 0 })
  })
}

/** Runs by id, in the order given. Throws not-found. */
export async function readRuns(tx: Tx, ids: string[]): Promise<RunSummary[]> {
  const rows = await tx.run.findMany({ where: { id: { in: ids } }, include: INCLUDE })
  const durations = await readDurations(tx)
  return ids.map((id) => {
    const row = rows.find((r) => r.id === id)
    if (!row) throw noRun(id)
    return summarise(row, durations)
  })
}

/** Everything a run's page shows. Throws not-found. */
export async function readRun(tx: Tx, id: string): Promise<RunDetail> {
  // The cursor is read first: an event in between is then told twice, never lost.
  const cursor = await lastCursor(tx)
  const row = await tx.run.findUnique({ where: { id }, include: INCLUDE })
  if (!row) throw noRun(id)
  const files = await readFiles(tx, row)
  const idle = await whyIdle(tx, row)
  return {
    ...summarise(row, await readDurations(tx)),
    config: RunConfig.parse(row.config),
    datasetCounts: DatasetCounts.nullable().parse(row.dataset.counts),
    steps: row.steps.map((step) => summariseStep(step, idle)),
    files,
    cursor: String(cursor),
  }
}

/** Asks a run to stop. Its steps that have not started are cancelled now, the running one is told by its worker. */
export function cancelRun(db: Database, id: string, by: Actor = CONSOLE): Promise<void> {
  return changePlan(db, async (c) => {
    const run = await findRun(c.tx, id)
    if (run.state === 'cancelling') return
    if (!isLive(run.state as RunState)) throw new AppError('conflict', `Run ${run.name} has ${run.state === 'succeeded' ? 'finished' : run.state === 'failed' ? 'failed' : 'been cancelled'} already`)
    await c.tx.run.update({ where: { id }, data: { state: 'cancelling', cancelRequestedAt: new Date() } })
    c.emit({ runId: id, datasetId: null, body: { type: 'run-state', state: 'cancelling', reason: null } })
    await cancelUnstarted(c, id, 'Cancelled by the user')
    await advance(c)
    await recordAudit(c.tx, by, 'run.cancel', id, { name: run.name })
    c.notify('drhard_cancel', id)
  })
}

/** Lets a failed or cancelled run go on from its first unfinished step. */
export function retryRun(db: Database, id: string, by: Actor = CONSOLE): Promise<void> {
  return changePlan(db, async (c) => {
    const run = await findRun(c.tx, id)
    if (run.state !== 'failed' && run.state !== 'cancelled') throw new AppError('conflict', `Run ${run.name} is ${run.state}; only a failed or cancelled run can be retried`)
    await c.tx.run.update({ where: { id }, data: { state: 'queued', reason: null, stopReason: null, earlyStop: Prisma.DbNull, cancelRequestedAt: null, finishedAt: null } })
    c.emit({ runId: id, datasetId: null, body: { type: 'run-state', state: 'queued', reason: null } })
    await reopenSteps(c, id)
    await advance(c)
    const after = await findRun(c.tx, id)
    if (after.state === 'failed') throw new AppError('conflict', `Run ${run.name} cannot go on: ${after.reason}`)
    await recordAudit(c.tx, by, 'run.retry', id, { name: run.name })
  })
}

async function reopenSteps(c: Change, runId: string): Promise<void> {
  const rows = await c.tx.$queryRaw<StepRow[]>`
    UPDATE step s SET state = 'waiting', reason = NULL, cause = NULL, tries = 0, furthest = 0, chunk_scale = 1, retry_at = NULL, worker_id = NULL, progress = NULL, started_at = NULL, finished_at = NULL
    WHERE run_id = ${runId} AND state IN ('failed', 'cancelled') RETURNING s.*`
  for (const row of rows) emitStep(c, row)
}

/** Lets a live run's steps be begun before or after those of others. */
export function setPriority(db: Database, id: string, priority: number, by: Actor = CONSOLE): Promise<void> {
  return changePlan(db, async (c) => {
    const run = await findRun(c.tx, id)
    if (!isLive(run.state as RunState)) throw new AppError('conflict', `Run ${run.name} is ${run.state}; only a live run has a priority`)
    await c.tx.run.update({ where: { id }, data: { priority } })
    const queued = (await c.tx.step.findMany({ where: { runId: id, state: 'queued' }, select: { id: true } })).map((step) => step.id)
    await withdrawSteps(c.tx, queued)
    if (queued.length) c.enqueue(queued)
    await recordAudit(c.tx, by, 'run.priority', id, { name: run.name, priority })
    c.emit({ runId: id, datasetId: null, body: { type: 'run-state', state: run.state as RunState, reason: run.reason } })
  })
}

/** Deletes a finished run that no other starts from. Returns the folders of artifacts to remove. */
export function deleteRun(db: Database, id: string, artifactsRoot: string, by: Actor = CONSOLE): Promise<string[]> {
  return changePlan(db, async (c) => {
    const run = await findRun(c.tx, id)
    if (isLive(run.state as RunState)) throw new AppError('conflict', `Run ${run.name} is ${run.state}; cancel it first`)
    const followers = await c.tx.run.findMany({ where: { startRunId: id }, select: { name: true } })
    if (followers.length) throw new AppError('conflict', `${followers.map((f) => f.name).join(', ')} start${followers.length > 1 ? '' : 's'} from run ${run.name}; delete ${followers.length > 1 ? 'them' : 'it'} first`)
    const running = await c.tx.step.findFirst({ where: { runId: id, state: 'running' } })
    if (running) throw new AppError('conflict', `“${running.label}” of run ${run.name} still runs; wait until it ends`)
    await c.tx.run.delete({ where: { id } })
    await recordAudit(c.tx, by, 'run.delete', id, { name: run.name })
    return forgetUnusedArtifacts(c.tx, artifactsRoot)
  })
}

/** A run's row. Throws not-found. */
export async function findRun(tx: Tx, id: string) {
  const run = await tx.run.findUnique({ where: { id } })
  if (!run) throw noRun(id)
  return run
}

/** A run by id or, where no id fits, the newest of that name. Throws not-found. For the command line. */
export async function findRunByName(tx: Tx, idOrName: string) {
  const run = (await tx.run.findUnique({ where: { id: idOrName } })) ?? (await tx.run.findFirst({ where: { name: idOrName }, orderBy: { seq: 'desc' } }))
  if (!run) throw noRun(idOrName)
  return run
}

/** The runs of the newest pipeline with just these names and configurations, in the order given, if none of them failed or was cancelled; else null. */
export async function findPipeline(tx: Tx, runs: NewRun[]): Promise<string[] | null> {
  // What a run starts from is an id in the database and a name in a pipeline that is not launched yet; the names of the runs stand for it.
  const shape = (config: unknown) => canonicalJson({ ...(config as object), start: undefined })
  const rows = await tx.run.findMany({ where: { name: { in: runs.map((run) => run.name) } }, orderBy: { seq: 'desc' } })
  for (const pipelineId of new Set(rows.map((row) => row.pipelineId))) {
    const own = rows.filter((row) => row.pipelineId === pipelineId)
    const ids = runs.flatMap((run) => own.filter((row) => row.name === run.name && row.state !== 'failed' && row.state !== 'cancelled' && shape(row.config) === shape(run.config)).map((row) => row.id))
    if (ids.length === runs.length) return ids
  }
  return null
}

function noRun(id: string): AppError {
  return new AppError('not-found', `There is no run ${id}; it may have been deleted`)
}

/** The files of the artifacts that this run's steps stand for, steps in order. */
async function readFiles(tx: Tx, row: RunRow): Promise<RunFile[]> {
  const done = row.steps.filter((step) => step.state === 'succeeded')
  const artifacts = await tx.artifact.findMany({ where: { key: { in: done.map((step) => step.key) } } })
  return done.flatMap((step) => {
    const artifact = artifacts.find((a) => a.key === step.key)
    const files = (artifact?.files ?? []) as { name: string; bytes: number; sha256: string }[]
    return files.map((file) => ({ stepId: step.id, label: step.label, name: file.name, bytes: file.bytes, sha256: file.sha256 }))
  })
}

/** Why queued steps are not begun. */
async function whyIdle(tx: Tx, row: RunRow): Promise<string | null> {
  if (!row.steps.some((step) => step.state === 'queued')) return null
  const pause = await readPause(tx)
  if (pause) return `The queue is paused${pause.by ? ` by ${pause.by}` : ''}: ${pause.reason}`
  const workers = await liveCapabilities(tx)
  if (!workers.length) return 'No worker runs; start one with ./drhard worker'
  const unfit = row.steps.find((step) => step.state === 'queued' && !workers.some((worker) => canRun(worker, { ...step, memoryBytes: Number(step.memoryBytes) })))
  if (!unfit) return 'Waits for a worker to be free'
  return `No worker can run “${unfit.label}”: it needs ${unfit.device === 'cpu' ? '' : `${unfit.device}, `}${(Number(unfit.memoryBytes) / 1e9).toFixed(1)} GB of memory and the code ${unfit.code}; the workers have ${workers.map((worker) => `${worker.devices.join('+')} ${(worker.memoryBytes / 1e9).toFixed(1)} GB`).join(', ')}`
}

function summariseStep(step: RunStep, idle: string | null): StepSummary {
  return {
    id: step.id,
    ordinal: step.ordinal,
    kind: step.kind as StepKind,
    label: step.label,
    state: step.state as StepSummary['state'],
    reason: step.reason ?? (step.state === 'queued' ? idle : null),
    attempt: step.attempt,
    reused: step.reused,
    progress: Progress.nullable().parse(step.progress),
    checkpointStep: step.checkpointStep,
    startedAt: iso(step.startedAt),
    finishedAt: iso(step.finishedAt),
    artifactKey: step.key,
  }
}

function summarise(row: RunRow, durations: Map<string, number>): RunSummary {
  const done = row.steps.filter((step) => step.state === 'succeeded').length
  const summary = summariseHead(row, { done, total: row.steps.length })
  if (!isLive(summary.state)) return summary
  const currentStep = row.steps.find((step) => step.state === 'running')?.label ?? null
  return { ...summary, currentStep, progress: { ...summary.progress, secondsLeft: secondsLeft(row, durations) } }
}

function summariseHead(row: RunHead, { done, total }: { done: number; total: number }): RunSummary {
  return {
    id: row.id,
    name: row.name,
    method: row.method as RunSummary['method'],
    datasetId: row.datasetId,
    datasetName: row.dataset.name,
    state: row.state as RunState,
    reason: row.reason,
    colorIndex: row.colorIndex,
    priority: row.priority,
    startRunId: row.startRunId,
    startRunName: row.startRun?.name ?? null,
    startModelName: row.importedModel?.name ?? null,
    progress: { done, total, unit: 'steps', secondsLeft: null },
    currentStep: null,
    evaluations: row.evaluations.map((e) => ({ id: e.id, checkpointStep: e.checkpointStep, split: Split.parse(e.split), measures: MeasureValues.parse(e.measures), n: e.n, intervals: e.intervals === null ? undefined : MeasureIntervals.parse(e.intervals), missing: e.missing ?? undefined })),
    createdAt: row.createdAt.toISOString(),
    startedAt: iso(row.startedAt),
    finishedAt: iso(row.finishedAt),
  }
}

/** Seconds of work left: what the running steps estimate, and for the others how long such steps took before; null where nothing is known of one. */
function secondsLeft(row: RunRow, durations: Map<string, number>): number | null {
  let sum = 0
  for (const step of row.steps) {
    if (step.state === 'succeeded') continue
    const expected = expectedSeconds(step, row, durations)
    if (step.state === 'running') {
      const own = Progress.nullable().parse(step.progress)?.secondsLeft
      const rest = own ?? (expected === null ? null : Math.max(0, expected - (Date.now() - step.startedAt!.getTime()) / 1000))
      if (rest === null) return null
      sum += rest
    } else if (expected === null) return null
    else sum += expected
  }
  return sum
}

function expectedSeconds(step: RunStep, row: RunRow, durations: Map<string, number>): number | null {
  const units = unitsOf(step)
  const own = row.steps.filter((s) => s.kind === step.kind && s.state === 'succeeded' && !s.reused)
  if (own.length) return (own.reduce((sum, s) => sum + (s.finishedAt!.getTime() - s.startedAt!.getTime()) / 1000 / unitsOf(s), 0) / own.length) * units
  const before = durations.get(durationKey(row.method, step.kind)) ?? durations.get(durationKey('*', step.kind))
  return before === undefined ? null : before * units
}

/** What a step's duration is proportional to: a training segment's steps, else one piece of work. */
function unitsOf(step: { kind: string; params: unknown }): number {
  if (step.kind !== 'train') return 1
  const { from, to } = step.params as { from: number; to: number }
  return Math.max(1, to - from)
}

function durationKey(method: string, kind: string): string {
  return `${method} ${kind}`
}

/** Seconds per unit of the latest steps of each method and kind, and of each kind over all methods. */
async function readDurations(tx: Tx): Promise<Map<string, number>> {
  const rows = await tx.$queryRaw<{ method: string | null; kind: string; seconds: number }[]>`
    SELECT method, kind, avg(seconds)::float8 AS seconds FROM (
      SELECT r.method, s.kind, extract(epoch FROM s.finished_at - s.started_at)::float8
          / CASE WHEN s.kind = 'train' THEN greatest(1, (s.params->>'to')::int - (s.params->>'from')::int) ELSE 1 END AS seconds,
        row_number() OVER (PARTITION BY r.method, s.kind ORDER BY s.finished_at DESC) AS n
      FROM step s JOIN run r ON r.id = s.run_id WHERE s.state = 'succeeded' AND NOT s.reused
    ) latest WHERE n <= 5 GROUP BY GROUPING SETS ((method, kind), (kind))`
  return new Map(rows.map((row) => [durationKey(row.method ?? '*', row.kind), row.seconds]))
}

function iso(date: Date | null): string | null {
  return date?.toISOString() ?? null
}
