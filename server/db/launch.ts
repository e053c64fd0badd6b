// Launches runs: one transaction plans every step, reuses what is published and queues what is ready. Called by app/api and jobs/demo.ts.
import type { Prisma } from './generated/client'
import { AppError } from '@/contract/errors'
import { DatasetSource } from '@/contract/dataset'
import { planSteps, type Lineage, type StepPlan } from '@/contract/pipeline'
import { RunConfig, startOf, type NewRun } from '@/contract/run'
import { sha256 } from '@/server/files/sha256'
import { advance } from './advance'
import { recordArtifact, type PublishedArtifact } from './artifacts'
import { changePlan, type Change } from './change'
import type { Database, Tx } from './client'
import { readModelLineage } from './models'
import { newId } from './ids'

export interface LaunchedPipeline {
  pipelineId: string
  /** In the order given. */
  runIds: string[]
}

export interface LaunchOptions {
  /** Artifacts that the runs read and no step makes, such as an uploaded ranking: recorded together with the runs. */
  published?: PublishedArtifact[]
}

/** Launches runs together, all or none. Throws AppError with the fields of the run that is wrong. */
export function launchRuns(db: Database, runs: NewRun[], { published = [] }: LaunchOptions = {}): Promise<LaunchedPipeline> {
  return changePlan(db, async (c) => {
    for (const artifact of published) await recordArtifact(c.tx, artifact)
    const pipelineId = newId()
    const siblings = new Map<string, string>()
    const runIds: string[] = []
    for (const [i, run] of runs.entries()) {
      const at = runs.length > 1 ? `runs.${i}.` : ''
      if (siblings.has(run.name)) throw new AppError('bad-input', `Two runs of this pipeline are named ${run.name}; give each its own name`, { fields: { [`${at}name`]: 'Already used in this pipeline' } })
      try {
        const id = await insertRun(c, run, siblings, pipelineId)
        siblings.set(run.name, id)
        runIds.push(id)
      } catch (error) {
        if (!(error instanceof AppError)) throw error
        const fields = error.fields && Object.fromEntries(Object.entries(error.fields).map(([field, message]) => [at + field, message]))
        throw new AppError(error.code, error.message, { cause: error, fields })
      }
    }
    await advance(c)
    const failed = await c.tx.run.findFirst({ where: { id: { in: runIds }, state: 'failed' } })
    if (failed) throw new AppError('conflict', `Run ${failed.name} cannot start: ${failed.reason}`)
    return { pipelineId, runIds }
  })
}

async function insertRun(c: Change, { name, config: given }: NewRun, siblings: Map<string, string>, pipelineId: string): Promise<string> {
  const { tx } = c
  const lineage = await readLineage(tx, withStartId(given, siblings))
  const { config } = lineage
  const start = startOf(config)
  const startRunId = start?.kind === 'run' ? start.runId : null
  const importedModelId = start?.kind === 'model' ? start.modelId : null
  const plan = planSteps(lineage, sha256)
  const colors = await tx.run.aggregate({ _max: { colorIndex: true } })
  const id = newId()
  const colorIndex = (colors._max.colorIndex ?? -1) + 1
  await tx.run.create({ data: { id, name, method: config.method, config, datasetId: config.datasetId, startRunId, importedModelId, pipelineId, state: 'queued', colorIndex } })
  await tx.step.createMany({ data: plan.map((step, ordinal) => ({ ...stepRow(step), runId: id, ordinal })) })
  const train = plan.find((step) => step.kind === 'train')
  if (train) await tx.model.create({ data: { id: newId(), runId: id, name, encoder: train.params.encoder } })
  c.emit({ runId: id, datasetId: null, body: { type: 'run-state', state: 'queued', reason: null } })
  return id
}

/** A planned step as columns; it waits until `advance` finds it ready. */
export function stepRow(step: StepPlan) {
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
    state: 'waiting',
  }
}

/** The configuration with the id of the sibling that it names. */
function withStartId(config: RunConfig, siblings: Map<string, string>): RunConfig {
  if ((config.method !== 'star' && config.method !== 'adore') || config.start.kind !== 'sibling') return config
  const runId = siblings.get(config.start.name)
  if (!runId) throw new AppError('bad-input', `No earlier run of this pipeline is named ${config.start.name}`, { fields: { 'config.start.name': 'Name an earlier run of this pipeline' } })
  return { ...config, start: { kind: 'run', runId } }
}

/** A configuration with everything it goes back to; a model's shape is written into it. Throws bad-input or conflict where something of that is not there. */
async function readLineage(tx: Tx, config: RunConfig): Promise<Lineage> {
  const dataset = await tx.dataset.findUnique({ where: { id: config.datasetId } })
  if (!dataset) throw new AppError('bad-input', `There is no data set ${config.datasetId}; choose one of the list`, { fields: { 'config.datasetId': 'Choose a data set' } })
  if (dataset.state === 'failed') throw new AppError('conflict', `The import of data set ${dataset.name} failed: ${dataset.reason}`, { fields: { 'config.datasetId': 'Its import failed' } })
  const from = startOf(config)
  const start = from?.kind === 'run' ? await tx.run.findUnique({ where: { id: from.runId } }) : null
  if (from?.kind === 'run' && !start) throw new AppError('bad-input', `There is no run ${from.runId} to start from; choose one of the list`, { fields: { 'config.start.runId': 'Choose the run to start from' } })
  const model = from?.kind === 'model' ? await readModelLineage(tx, from) : null
  return {
    config: model && 'encoder' in config ? { ...config, encoder: model.encoder } : config,
    import: { source: DatasetSource.parse(dataset.source), fingerprint: dataset.fingerprint },
    start: start ? await readLineage(tx, RunConfig.parse(start.config)) : null,
    model,
  }
}
