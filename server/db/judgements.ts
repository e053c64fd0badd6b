// Judgements made here: stored beside the data set, never written into its qrels. Called by app/api; mining may leave out what they say is relevant.
import type { JudgementChange, OwnJudgement } from '@/contract/judgement'
import { recordAudit, type Actor } from './audit'
import type { Database, Tx } from './client'
import { findDataset } from './datasets'

/** Of a data set, or of one of its queries, by query and document. */
export async function readJudgements(tx: Tx, datasetId: string, queryRow?: number): Promise<OwnJudgement[]> {
  const rows = await tx.ownJudgement.findMany({ where: { datasetId, ...(queryRow !== undefined && { queryRow }) }, orderBy: [{ queryRow: 'asc' }, { docRow: 'asc' }] })
  return rows.map((row) => ({ queryRow: row.queryRow, docRow: row.docRow, grade: row.grade, by: row.judgedBy, at: row.judgedAt.toISOString() }))
}

/** Makes, changes or (grade null) takes back a judgement. Throws not-found where there is no such data set. */
export async function judge(db: Database, datasetId: string, { queryRow, docRow, grade }: JudgementChange, by: Actor): Promise<void> {
  await db.$transaction(async (tx) => {
    await findDataset(tx, datasetId)
    const where = { datasetId_queryRow_docRow: { datasetId, queryRow, docRow } }
    const change = { grade, judgedBy: by.name, judgedAt: new Date() }
    if (grade === null) await tx.ownJudgement.deleteMany({ where: { datasetId, queryRow, docRow } })
    else await tx.ownJudgement.upsert({ where, create: { datasetId, queryRow, docRow, ...change, grade }, update: { ...change, grade } })
    await recordAudit(tx, by, 'judgement.change', datasetId, { queryRow, docRow, grade })
  })
}
