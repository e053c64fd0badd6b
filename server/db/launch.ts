// Launches runs: one transaction plans every step, reuses what is published and queues what is ready. Called by app/api and jobs/demo.ts.
import type { Prisma } from './generated/client'
import { AppError } from '@/contract/errors'
import { DatasetCounts, DatasetSource } from '@/contract/dataset'
import type { Teacher } from '@/contract/distillation'
import { planSteps, type Lineage, type TeacherLineage } from '@/contract/pipeline'
import { canonicalJson, type StepPlan } from '@/contract/step'
import type { LaunchPlan } from '@/contract/plan'
import { needsOf } from '@/contract/needs'
import { RunConfig, startOf, teacherOf, type NewRun } from '@/contract/run'
import type { EarlyStop } from '@/contract/sweep'
import { insideRoots } from '@/server/access/roots'
import { fileFingerprint } from '@/server/files/file-fingerprint'
import { sha256 } from '@/server/files/sha256'
import { advance } from './advance'
import { recordArtifact, type PublishedArtifact } from './artifacts'
import { CONSOLE, recordAudit, type Actor } from './audit'
import { change, changePlan, type Change } from './change'
import type { Database, Tx } from './client'
import { dataRoots, uploadsDir } from './location'
import { readModelLineage } from './models'
import { newId } from './ids'
import { planLaunch, refuseOversized, type PlannedRun } from './planner'

export interface LaunchedPipeline {
  pipelineId: string
  /** In the order given. */
  runIds: string[]
}

export interface LaunchOptions {
  priority?: number
  /** A launch that was sent before with the same key is not repeated: its runs are returned. */
  idempotencyKey?: string
  /** Bytes that artifacts may still take; null: nobody knows. A launch that needs more is refused. */
  roomBytes?: number | null
  /** Artifacts that the runs read and no step makes, such as an uploaded ranking: recorded together with the runs. */
  published?: PublishedArtifact[]
  /** Of a sweep: when a run that lies behind the others is stopped. */
  earlyStop?: EarlyStop
  by?: Actor
}

/** Launches runs together, all or none. Throws AppError with the fields of the run that is wrong, or conflict with the number that does not fit. */
export function launchRuns(db: Database, runs: NewRun[], { priority = 0, idempotencyKey, roomBytes = null, published = [], earlyStop, by = CONSOLE }: LaunchOptions = {}): Promise<LaunchedPipeline> {
  return changePlan(db, async (c) => {
    const requestHash = sha256(canonicalJson({ runs, priority }))
    const before = idempotencyKey === undefined ? null : await findLaunch(c.tx, idempotencyKey, requestHash)
    if (before) return before
    for (const artifact of published) await recordArtifact(c.tx, artifact)
    const { pipelineId, runIds, plan, planned } = await insertRuns(c, runs, { priority, roomBytes })
    refuseOversized(plan)
    if (earlyStop) await c.tx.run.updateMany({ where: { id: { in: runIds } }, data: { earlyStop } })
    await noteNeeds(c.tx, runIds, planned, plan)
    await advance(c)
    const failed = await c.tx.run.findFirst({ where: { id: { in: runIds }, state: 'failed' } })
    if (failed) throw new AppError('conflict', `Run ${failed.name} cannot start: ${failed.reason}`)
    if (idempotencyKey !== undefined) await c.tx.idempotencyKey.create({ data: { key: idempotencyKey, requestHash, pipelineId, runIds } })
    await recordAudit(c.tx, by, 'run.launch', pipelineId, { runs: runs.map((run, i) => ({ id: runIds[i], name: run.name, method: run.config.method })) })
    return { pipelineId, runIds }
  })
}

/** What a launch would take and whether it fits: the launch itself, rolled back before anything is queued. Throws as launchRuns does. */
export async function previewLaunch(db: Database, runs: NewRun[], { roomBytes = null }: Pick<LaunchOptions, 'roomBytes'> = {}): Promise<LaunchPlan> {
  const rolledBack = new Error('rolled back')
  let plan: LaunchPlan | null = null
  await change(db, async (c) => {
    plan = (await insertRuns(c, runs, { priority: 0, roomBytes })).plan
    throw rolledBack
  }).catch((error) => {
    if (error !== rolledBack) throw error
  })
  return plan!
}

async function insertRuns(c: Change, runs: NewRun[], { priority, roomBytes }: { priority: number; roomBytes: number | null }): Promise<LaunchedPipeline & { plan: LaunchPlan; planned: PlannedRun[] }> {
  const pipelineId = newId()
  const siblings = new Map<string, string>()
  const runIds: string[] = []
  const planned: PlannedRun[] = []
  for (const [i, run] of runs.entries()) {
    const at = runs.length > 1 ? `runs.${i}.` : ''
    if (siblings.has(run.name)) throw new AppError('bad-input', `Two runs of this pipeline are named ${run.name}; give each its own name`, { fields: { [`${at}name`]: 'Already used in this pipeline' } })
    try {
      const { id, steps } = await insertRun(c, run, { siblings, pipelineId, priority })
      siblings.set(run.name, id)
      runIds.push(id)
      planned.push({ name: run.name, datasetId: run.config.datasetId, steps })
    } catch (error) {
      if (!(error instanceof AppError)) throw error
      const fields = error.fields && Object.fromEntries(Object.entries(error.fields).map(([field, message]) => [at + field, message]))
      throw new AppError(error.code, error.message, { cause: error, fields })
    }
  }
  return { pipelineId, runIds, planned, plan: await planLaunch(c.tx, planned, roomBytes) }
}

/** The launch that came with this key before, or null. Throws conflict where it was another one. */
async function findLaunch(tx: Tx, key: string, requestHash: string): Promise<LaunchedPipeline | null> {
  const row = await tx.idempotencyKey.findUnique({ where: { key } })
  if (!row) return null
  if (row.requestHash !== requestHash) throw new AppError('conflict', `The idempotency key ${key} came with another launch before; choose a new key`)
  return { pipelineId: row.pipelineId, runIds: row.runIds }
}

async function insertRun(c: Change, { name, config: given }: NewRun, { siblings, pipelineId, priority }: { siblings: Map<string, string>; pipelineId: string; priority: number }): Promise<{ id: string; steps: StepPlan[] }> {
  const { tx } = c
  const lineage = await readLineage(tx, withTeacher(withStartId(given, siblings), siblings))
  const { config } = lineage
  const start = startOf(config)
  const teacher = teacherOf(config)
  const startRunId = start?.kind === 'run' ? start.runId : null
  const importedModelId = start?.kind === 'model' ? start.modelId : null
  const plan = planSteps(lineage, sha256)
  const colors = await tx.run.aggregate({ _max: { colorIndex: true } })
  const id = newId()
  const colorIndex = (colors._max.colorIndex ?? -1) + 1
  await tx.run.create({ data: { id, name, method: config.method, config, datasetId: config.datasetId, startRunId, importedModelId, teacherRunId: teacher?.kind === 'run' ? teacher.runId : null, teacherModelId: teacher?.kind === 'model' ? teacher.modelId : null, pipelineId, state: 'queued', colorIndex, priority } })
  await tx.step.createMany({ data: plan.map((step, ordinal) => ({ ...stepRow(step), runId: id, ordinal })) })
  const train = plan.find((step) => step.kind === 'train')
  if (train) await tx.model.create({ data: { id: newId(), runId: id, name, encoder: train.params.encoder } })
  c.emit({ runId: id, datasetId: null, body: { type: 'run-state', state: 'queued', reason: null } })
  return { id, steps: plan }
}

/** Steps go only to workers that have the memory which the plan says they need, and begin where there is room for their artifact. */
async function noteNeeds(tx: Tx, runIds: string[], planned: PlannedRun[], plan: LaunchPlan): Promise<void> {
  for (const [i, runId] of runIds.entries()) {
    const keys = planned[i].steps.map((step) => step.key)
    const [memory, disk] = (['memoryBytes', 'diskBytes'] as const).map((name) => plan.runs[i].steps.map((step) => Math.round(step[name])))
    await tx.$executeRaw`UPDATE step s SET memory_bytes = p.memory, disk_bytes = p.disk FROM unnest(${keys}::text[], ${memory}::bigint[], ${disk}::bigint[]) AS p(key, memory, disk) WHERE s.run_id = ${runId} AND s.key = p.key`
  }
}

/** A planned step as columns; it waits until `advance` finds it ready. */
export function stepRow(step: StepPlan, memoryBytes = 0) {
  const inputs = Object.fromEntries(Object.entries(step.inputs).filter(([, key]) => key !== undefined)) as Record<string, string>
  return {
    id: newId(),
    kind: step.kind,
    label: step.label,
    params: step.params as unknown as Prisma.InputJsonObject,
    inputs,
    key: step.key,
    dependsOn: [...new Set(Object.values(inputs))],
    checkpointStep: step.checkpointStep,
    ...needsOf(step, Math.round(memoryBytes)),
    state: 'waiting',
  }
}

/** The configuration with the id of the sibling that it names. */
function withStartId(config: RunConfig, siblings: Map<string, string>): RunConfig {
  if ((config.method !== 'star' && config.method !== 'adore') || config.start.kind !== 'sibling') return config
  return { ...config, start: { kind: 'run', runId: siblingId(config.start.name, siblings, 'config.start.name') } }
}

/** The configuration with the id of the sibling that it learns from, or with the teacher's file as it is now. Throws bad-input where the file may not be read. */
function withTeacher(config: RunConfig, siblings: Map<string, string>): RunConfig {
  if (config.method !== 'star' && config.method !== 'bm25-negatives') return config
  const { distillation } = config
  if (!distillation) return config
  const { teacher } = distillation
  const taughtBy = (found: Teacher): RunConfig => ({ ...config, distillation: { ...distillation, teacher: found } })
  if (teacher.kind === 'sibling') return taughtBy({ kind: 'run', runId: siblingId(teacher.name, siblings, 'config.distillation.teacher.name') })
  if (teacher.kind !== 'file') return config
  try {
    const file = insideRoots(teacher.file, [...dataRoots(), uploadsDir()])
    return taughtBy({ kind: 'file', file, fingerprint: fileFingerprint(file) })
  } catch (error) {
    if (!(error instanceof AppError)) throw error
    throw new AppError(error.code, error.message, { cause: error, fields: { 'config.distillation.teacher.file': error.message } })
  }
}

function siblingId(name: string, siblings: Map<string, string>, field: string): string {
  const runId = siblings.get(name)
  if (!runId) throw new AppError('bad-input', `No earlier run of this pipeline is named ${name}`, { fields: { [field]: 'Name an earlier run of this pipeline' } })
  return runId
}

/** A configuration with everything it goes back to; a model's shape is written into it. Throws bad-input or conflict where something of that is not there. */
async function readLineage(tx: Tx, config: RunConfig): Promise<Lineage> {
  const dataset = await tx.dataset.findUnique({ where: { id: config.datasetId } })
  if (!dataset) throw new AppError('bad-input', `There is no data set ${config.datasetId}; choose one of the list`, { fields: { 'config.datasetId': 'Choose a data set' } })
  if (dataset.state === 'failed') throw new AppError('conflict', `The import of data set ${dataset.name} failed: ${dataset.reason}`, { fields: { 'config.datasetId': 'Its import failed' } })
  const counts = DatasetCounts.nullable().parse(dataset.counts)
  if ('testQueries' in config && config.testQueries === 'last' && counts?.queries.test === 0)
    throw new AppError('bad-input', `Data set ${dataset.name} has no test queries with a relevant document; leave them unjudged, or import qrels of a test split`, { fields: { 'config.testQueries': 'This data set has no test queries' } })
  const from = startOf(config)
  const start = from?.kind === 'run' ? await tx.run.findUnique({ where: { id: from.runId } }) : null
  if (from?.kind === 'run' && !start) throw new AppError('bad-input', `There is no run ${from.runId} to start from; choose one of the list`, { fields: { 'config.start.runId': 'Choose the run to start from' } })
  const model = from?.kind === 'model' ? await readModelLineage(tx, from, 'config.start') : null
  return {
    config: model && 'encoder' in config ? { ...config, encoder: model.encoder } : config,
    import: { source: DatasetSource.parse(dataset.source), fingerprint: dataset.fingerprint },
    start: start ? await readLineage(tx, RunConfig.parse(start.config)) : null,
    model,
    teacher: await readTeacher(tx, config),
  }
}

async function readTeacher(tx: Tx, config: RunConfig): Promise<TeacherLineage | null> {
  const teacher = teacherOf(config)
  switch (teacher?.kind) {
    case undefined:
      return null
    case 'run': {
      const run = await tx.run.findUnique({ where: { id: teacher.runId } })
      if (!run) throw new AppError('bad-input', `There is no run ${teacher.runId} to learn from; choose one of the list`, { fields: { 'config.distillation.teacher.runId': 'Choose the run to learn from' } })
      return { kind: 'run', run: await readLineage(tx, RunConfig.parse(run.config)) }
    }
    case 'model':
      return { kind: 'model', model: await readModelLineage(tx, teacher, 'config.distillation.teacher') }
    case 'file':
      return { kind: 'file', file: teacher.file, fingerprint: teacher.fingerprint! }
    case 'sibling':
      throw new AppError('broken', `The sibling ${teacher.name} was not looked up`)
  }
}
