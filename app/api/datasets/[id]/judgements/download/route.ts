// GET gives the judgements made here as a qrels file of their own, with official ids.
import { database } from '@/server/db/client'
import { readJudgements } from '@/server/db/judgements'
import { readDataset } from '@/server/db/datasets'
import { route } from '@/app/api/answer'
import { datasetFiles } from '@/app/api/open-dataset'

export const dynamic = 'force-dynamic'

export const GET = route<{ id: string }>(async (_, { id }) => {
  const { name } = await readDataset(database(), id)
  const { queryIds, docIds } = await datasetFiles(id)
  const lines = (await readJudgements(database(), id)).map(({ queryRow, docRow, grade }) => `${queryIds.idOf(queryRow)} 0 ${docIds.idOf(docRow)} ${grade}\n`)
  return new Response(lines.join(''), { headers: { 'content-type': 'text/plain; charset=utf-8', 'content-disposition': `attachment; filename*=UTF-8''${encodeURIComponent(name)}-own.qrels` } })
})
