// Imported models: created with their import step, listed, deleted. Called by app/api, jobs and server/db/launch.ts.
import { AppError } from '@/contract/errors'
import { encoderOfModel, ModelInfo, ModelOptions, ModelSource, type ModelSummary, type NewModel } from '@/contract/model'
import { planModelImport, type ModelLineage } from '@/contract/pipeline'
import { Progress } from '@/contract/progress'
import type { StartModel } from '@/contract/start'
import { sha256 } from '@/server/files/sha256'
import { advance } from './advance'
import { forgetUnusedArtifacts, type Removed } from './artifacts'
import { CONSOLE, recordAudit, type Actor } from './audit'
import { changePlan } from './change'
import type { Database, Tx } from './client'
import { newId } from './ids'
import { stepRow } from './launch'
import { Prisma } from './generated/client'

/** Creates a model and queues its import; where the same source was imported before, it is ready at once. */
export async function createModel(db: Database, { name, source, options }: NewModel, fingerprint: string, by: Actor = CONSOLE): Promise<string> {
  const plan = planModelImport({ source, options, fingerprint }, sha256)
  return changePlan(db, async (c) => {
    if (await c.tx.importedModel.findUnique({ where: { name } })) throw new AppError('conflict', `There is a model named ${name} already`, { fields: { name: 'Already used; choose another name' } })
    const id = newId()
    await c.tx.importedModel.create({ data: { id, name, source, options, state: 'importing', fingerprint, importKey: plan.key } })
    await c.tx.step.create({ data: { ...stepRow(plan), importedModelId: id, ordinal: 0 } })
    c.emit({ runId: null, datasetId: null, body: { type: 'model-state', modelId: id, state: 'importing', reason: null } })
    await recordAudit(c.tx, by, 'model.create', id, { name })
    await advance(c)
    return id
  })
}

const INCLUDE = { _count: { select: { runs: true, students: true } }, steps: { select: { progress: true, state: true } } } satisfies Prisma.ImportedModelInclude
type ModelRow = Prisma.ImportedModelGetPayload<{ include: typeof INCLUDE }>

/** All imported models, newest first. */
export async function listModels(tx: Tx): Promise<ModelSummary[]> {
  return (await tx.importedModel.findMany({ include: INCLUDE, orderBy: { createdAt: 'desc' } })).map(summarise)
}

/** One imported model. Throws not-found. */
export async function readModel(tx: Tx, id: string): Promise<ModelSummary> {
  return summarise(await findModel(tx, id))
}

/** Key of the artifact that holds a model's files. Throws not-found, or conflict where it is not imported. */
export async function modelKey(tx: Tx, id: string): Promise<string> {
  const row = await findModel(tx, id)
  if (row.state !== 'ready') throw new AppError('conflict', `Model ${row.name} is ${row.state === 'failed' ? `not there: its import failed: ${row.reason}` : 'still being imported; try again when it is ready'}`)
  return row.importKey
}

/** A model as what a run goes back to. Throws bad-input or conflict naming the field of the run, below `at`. */
export async function readModelLineage(tx: Tx, start: StartModel, at: string): Promise<ModelLineage> {
  const row = await tx.importedModel.findUnique({ where: { id: start.modelId } })
  const wrong = (code: 'bad-input' | 'conflict', why: string) => new AppError(code, why, { fields: { [`${at}.modelId`]: why } })
  if (!row) throw wrong('bad-input', `There is no model ${start.modelId}; choose one of the list`)
  if (row.state !== 'ready') throw wrong('conflict', row.state === 'failed' ? `The import of model ${row.name} failed: ${row.reason}` : `Model ${row.name} is still being imported; launch the run when it is ready`)
  const importParams = { source: ModelSource.parse(row.source), options: ModelOptions.parse(row.options), fingerprint: row.fingerprint }
  return { import: importParams, encoder: encoderOfModel(ModelInfo.parse(row.info), start, at) }
}

/** Deletes a model that no run starts from. Returns the artifacts to remove. */
export function deleteModel(db: Database, id: string, artifactsRoot: string, by: Actor = CONSOLE): Promise<Removed> {
  return changePlan(db, async (c) => {
    const row = await findModel(c.tx, id)
    if (row._count.students > 0) throw new AppError('conflict', `${row._count.students} run(s) learn from model ${row.name}; delete them first`)
    if (row._count.runs > 0) throw new AppError('conflict', `${row._count.runs} run(s) start from model ${row.name}; delete them first`)
    await c.tx.importedModel.delete({ where: { id } })
    await recordAudit(c.tx, by, 'model.delete', id, { name: row.name })
    return forgetUnusedArtifacts(c.tx, artifactsRoot)
  })
}

async function findModel(tx: Tx, id: string): Promise<ModelRow> {
  const row = await tx.importedModel.findUnique({ where: { id }, include: INCLUDE })
  if (!row) throw new AppError('not-found', `There is no model ${id}; it may have been deleted`)
  return row
}

function summarise(row: ModelRow): ModelSummary {
  const running = row.steps.find((step) => step.state === 'running')
  return {
    id: row.id,
    name: row.name,
    source: ModelSource.parse(row.source),
    options: ModelOptions.parse(row.options),
    state: row.state as ModelSummary['state'],
    reason: row.reason,
    info: ModelInfo.nullable().parse(row.info),
    progress: running?.progress ? Progress.parse(running.progress) : null,
    runCount: row._count.runs,
    createdAt: row.createdAt.toISOString(),
  }
}
