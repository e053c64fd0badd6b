// Runs: listed, shown, cancelled, deleted. Called by app/api, pages of app and jobs. Launching is launch.ts, going on retry.ts.
import { AppError } from '@/contract/errors'
import { DatasetCounts } from '@/contract/dataset'
import { canRun } from '@/contract/needs'
import { Progress } from '@/contract/progress'
import { canonicalJson } from '@/contract/step'
import { isLive, RunConfig, type NewRun, type RunDetail, type RunFile, RunState, type RunSummary, type StepKind, type StepSummary } from '@/contract/run'
import { gigabytes } from '@/contract/units'
import { advance, cancelUnstarted } from './advance'
import { CONSOLE, recordAudit, type Actor } from './audit'
import { forgetUnusedArtifacts, type Removed } from './artifacts'
import { changePlan, type Change } from './change'
import type { Database, Tx } from './client'
import { lastCursor } from './events'
import { withdrawSteps } from './queue'
import { readPause } from './settings'
import { INCLUDE, INCLUDE_HEAD, iso, readDurations, summarise, summariseRows, type RunRow, type RunStep } from './run-summary'
import { liveCapabilities } from './workers'

/** All runs, newest first. */
export async function listRuns(tx: Tx): Promise<RunSummary[]> {
  return summariseRows(tx, await tx.run.findMany({ include: INCLUDE_HEAD, orderBy: { seq: 'desc' } }))
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
  const [run] = await readRunDetails(tx, [id])
  if (!run) throw noRun(id)
  return run
}

/** The same of several runs, in the order given; runs that do not exist are left out. */
export async function readRunDetails(tx: Tx, ids: string[]): Promise<RunDetail[]> {
  // The cursor is read first: an event in between is then told twice, never lost.
  const cursor = String(await lastCursor(tx))
  const rows = await tx.run.findMany({ where: { id: { in: ids } }, include: INCLUDE })
  const byId = new Map(rows.map((row) => [row.id, row]))
  const found = [...new Set(ids)].flatMap((id) => byId.get(id) ?? [])
  const [durations, files, idle] = await Promise.all([readDurations(tx), readFiles(tx, found), Promise.all(found.map((row) => whyIdle(tx, row)))])
  return found.map((row, i) => ({
    ...summarise(row, durations),
    config: RunConfig.parse(row.config),
    datasetCounts: DatasetCounts.nullable().parse(row.dataset.counts),
    steps: row.steps.map((step) => summariseStep(step, idle[i])),
    files: filesOf(row, files),
    cursor,
  }))
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

/** Replaces a run's notes. Throws not-found. */
export async function setNotes(db: Database, id: string, notes: string, by: Actor = CONSOLE): Promise<void> {
  await db.$transaction(async (tx) => {
    const run = await findRun(tx, id)
    await tx.run.update({ where: { id }, data: { notes } })
    await recordAudit(tx, by, 'run.notes', id, { name: run.name })
  })
}

/** A file that a step of the run published, with the key of its artifact. Throws not-found. */
export async function readRunFile(tx: Tx, { runId, stepId, name }: { runId: string; stepId: string; name: string }): Promise<{ key: string; name: string; sha256: string }> {
  const step = await tx.step.findFirst({ where: { id: stepId, runId, state: 'succeeded' }, select: { key: true } })
  const artifact = step && (await tx.artifact.findUnique({ where: { key: step.key } }))
  const file = ((artifact?.files ?? []) as { name: string; sha256: string }[]).find((each) => each.name === name)
  if (!artifact || !file) throw new AppError('not-found', `Step ${stepId} of run ${runId} has published no file ${name}; see /api/runs/${runId}/files`)
  return { key: artifact.key, name: file.name, sha256: file.sha256 }
}

/** Deletes a finished run that no other starts from. Returns the artifacts to remove. */
export function deleteRun(db: Database, id: string, artifactsRoot: string, by: Actor = CONSOLE): Promise<Removed> {
  return deleteRuns(db, [id], artifactsRoot, by)
}

/** Deletes finished runs, all or none; what starts from one of them must be among them. Returns the artifacts to remove. */
export function deleteRuns(db: Database, ids: string[], artifactsRoot: string, by: Actor = CONSOLE): Promise<Removed> {
  return changePlan(db, async (c) => {
    const runs = await Promise.all([...new Set(ids)].map((id) => findRun(c.tx, id)))
    // What starts from a run was launched after it.
    for (const run of runs.toSorted((a, b) => b.seq - a.seq)) await deleteRow(c, run, by)
    return forgetUnusedArtifacts(c.tx, artifactsRoot)
  })
}

async function deleteRow({ tx }: Change, run: Awaited<ReturnType<typeof findRun>>, by: Actor): Promise<void> {
  if (isLive(run.state as RunState)) throw new AppError('conflict', `Run ${run.name} is ${run.state}; cancel it first`)
  const followers = await tx.run.findMany({ where: { startRunId: run.id }, select: { name: true } })
  if (followers.length) throw new AppError('conflict', `${followers.map((f) => f.name).join(', ')} start${followers.length > 1 ? '' : 's'} from run ${run.name}; delete ${followers.length > 1 ? 'them' : 'it'} first`)
  const students = await tx.run.findMany({ where: { teacherRunId: run.id }, select: { name: true } })
  if (students.length) throw new AppError('conflict', `${students.map((s) => s.name).join(', ')} learn${students.length > 1 ? '' : 's'} from run ${run.name}; delete ${students.length > 1 ? 'them' : 'it'} first`)
  const running = await tx.step.findFirst({ where: { runId: run.id, state: 'running' } })
  if (running) throw new AppError('conflict', `“${running.label}” of run ${run.name} still runs; wait until it ends`)
  await tx.run.delete({ where: { id: run.id } })
  await recordAudit(tx, by, 'run.delete', run.id, { name: run.name })
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

/** The names of runs that are `stem`, or `stem-` and a number. */
export async function takenNames(tx: Tx, stem: string): Promise<string[]> {
  const rows = await tx.run.findMany({ where: { OR: [{ name: stem }, { name: { startsWith: `${stem}-` } }] }, distinct: ['name'], select: { name: true } })
  return rows.map((row) => row.name).filter((name) => name === stem || /^\d+$/.test(name.slice(stem.length + 1)))
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

type ArtifactFile = Pick<RunFile, 'name' | 'bytes' | 'sha256'>

const doneSteps = (row: RunRow) => row.steps.filter((step) => step.state === 'succeeded')

/** The files of the artifacts that the runs' steps stand for, by key. */
async function readFiles(tx: Tx, rows: RunRow[]): Promise<Map<string, ArtifactFile[]>> {
  const keys = [...new Set(rows.flatMap(doneSteps).map((step) => step.key))]
  const artifacts = await tx.artifact.findMany({ where: { key: { in: keys } }, select: { key: true, files: true } })
  return new Map(artifacts.map(({ key, files }) => [key, files as unknown as ArtifactFile[]]))
}

/** Steps in order. */
const filesOf = (row: RunRow, files: ReadonlyMap<string, ArtifactFile[]>): RunFile[] =>
  doneSteps(row).flatMap((step) => (files.get(step.key) ?? []).map(({ name, bytes, sha256 }) => ({ stepId: step.id, label: step.label, name, bytes, sha256 })))

/** Why queued steps are not begun. */
async function whyIdle(tx: Tx, row: RunRow): Promise<string | null> {
  if (!row.steps.some((step) => step.state === 'queued')) return null
  const pause = await readPause(tx)
  if (pause) return `The queue is paused${pause.by ? ` by ${pause.by}` : ''}: ${pause.reason}`
  const workers = await liveCapabilities(tx)
  if (!workers.length) return 'No worker runs; start one with ./drhard worker'
  const unfit = row.steps.find((step) => step.state === 'queued' && !workers.some((worker) => canRun(worker, { ...step, memoryBytes: Number(step.memoryBytes) })))
  if (!unfit) return 'Waits for a worker to be free'
  return `No worker can run “${unfit.label}”: it needs ${unfit.device === 'cpu' ? '' : `${unfit.device}, `}${gigabytes(Number(unfit.memoryBytes))} of memory and the code ${unfit.code}; the workers have ${workers.map((worker) => `${worker.devices.join('+')} ${gigabytes(worker.memoryBytes)}`).join(', ')}`
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
