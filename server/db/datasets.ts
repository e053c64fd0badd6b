// Data sets: created with their import step, listed, deleted. Called by app/api and jobs/demo.ts.
import { z } from 'zod'
import { DatasetCounts, DatasetSource, type DatasetSummary, type NewDataset } from '@/contract/dataset'
import { AppError } from '@/contract/errors'
import { planImport } from '@/contract/pipeline'
import { Progress } from '@/contract/progress'
import { sha256 } from '@/server/files/sha256'
import { advance } from './advance'
import { forgetUnusedArtifacts, type Removed } from './artifacts'
import { CONSOLE, recordAudit, type Actor } from './audit'
import { changePlan } from './change'
import type { Database, Tx } from './client'
import { newId } from './ids'
import { stepRow } from './launch'
import { Prisma } from './generated/client'

/** Creates a data set and queues its import; where the same source was imported before, it is ready at once. */
export async function createDataset(db: Database, { name, source }: NewDataset, fingerprint: string, by: Actor = CONSOLE): Promise<string> {
  const plan = planImport({ source, fingerprint }, sha256)
  return changePlan(db, async (c) => {
    if (await c.tx.dataset.findUnique({ where: { name } })) throw new AppError('conflict', `There is a data set named ${name} already`, { fields: { name: 'Already used; choose another name' } })
    const id = newId()
    await c.tx.dataset.create({ data: { id, name, source, state: 'importing', fingerprint, importKey: plan.key } })
    await c.tx.step.create({ data: { ...stepRow(plan), datasetId: id, ordinal: 0 } })
    c.emit({ runId: null, datasetId: id, body: { type: 'dataset-state', state: 'importing', reason: null } })
    await recordAudit(c.tx, by, 'dataset.create', id, { name })
    await advance(c)
    return id
  })
}

const INCLUDE = { _count: { select: { runs: true } }, steps: { select: { progress: true, state: true } } } satisfies Prisma.DatasetInclude
type DatasetRow = Prisma.DatasetGetPayload<{ include: typeof INCLUDE }>

/** All data sets, newest first. */
export async function listDatasets(tx: Tx): Promise<DatasetSummary[]> {
  return (await tx.dataset.findMany({ include: INCLUDE, orderBy: { createdAt: 'desc' } })).map(summarise)
}

/** One data set. Throws not-found. */
export async function readDataset(tx: Tx, id: string): Promise<DatasetSummary> {
  return summarise(await findDataset(tx, id))
}

/** Key of the artifact that holds the data set's files. Throws not-found, or conflict while it is not imported. */
export async function importedKey(tx: Tx, id: string): Promise<string> {
  const row = await findDataset(tx, id)
  if (row.state === 'failed') throw new AppError('conflict', `The import of data set ${row.name} failed: ${row.reason}`)
  if (row.state !== 'ready') throw new AppError('conflict', `Data set ${row.name} is still being imported; try again when it is ready`)
  return row.importKey
}

/** Deletes a data set that no run uses. Returns the artifacts to remove. */
export function deleteDataset(db: Database, id: string, artifactsRoot: string, by: Actor = CONSOLE): Promise<Removed> {
  return changePlan(db, async (c) => {
    const row = await findDataset(c.tx, id)
    if (row._count.runs > 0) throw new AppError('conflict', `${row._count.runs} run(s) use data set ${row.name}; delete them first`)
    await c.tx.dataset.delete({ where: { id } })
    await recordAudit(c.tx, by, 'dataset.delete', id, { name: row.name })
    return forgetUnusedArtifacts(c.tx, artifactsRoot)
  })
}

/** A data set's row. Throws not-found. */
export async function findDataset(tx: Tx, id: string): Promise<DatasetRow> {
  const row = await tx.dataset.findUnique({ where: { id }, include: INCLUDE })
  if (!row) throw new AppError('not-found', `There is no data set ${id}; it may have been deleted`)
  return row
}

function summarise(row: DatasetRow): DatasetSummary {
  const running = row.steps.find((step) => step.state === 'running')
  return {
    id: row.id,
    name: row.name,
    source: DatasetSource.parse(row.source),
    state: row.state as DatasetSummary['state'],
    reason: row.reason,
    counts: DatasetCounts.nullable().parse(row.counts),
    warnings: z.array(z.string()).parse(row.warnings),
    progress: running?.progress ? Progress.parse(running.progress) : null,
    runCount: row._count.runs,
    createdAt: row.createdAt.toISOString(),
  }
}
