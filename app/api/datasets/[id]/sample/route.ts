// GET shows a few queries of each split with their relevant documents.
import { type DatasetSample, Split } from '@/contract/dataset'
import { route } from '@/app/api/answer'
import { datasetFiles } from '@/app/api/open-dataset'

export const dynamic = 'force-dynamic'

const PER_SPLIT = 5

export const GET = route<{ id: string }>(async (_, { id }) => {
  const { queries, queryIds, docs, docIds, qrels, queryRows } = await datasetFiles(id)
  const samples = Split.options.flatMap((split) => {
    const rows = queryRows(split)
    const stride = Math.max(1, Math.floor(rows.length / PER_SPLIT))
    return Array.from(rows.filter((_, i) => i % stride === 0).slice(0, PER_SPLIT), (row) => ({
      id: queryIds.idOf(row),
      split,
      text: queries.get(row),
      relevant: qrels.relevant(row).map(({ docRow, grade }) => ({ id: docIds.idOf(docRow), grade, text: docs.get(docRow) })),
    }))
  })
  return { queries: samples } satisfies DatasetSample
})
