// GET shows queries of a split with the documents that are judged of them, officially and here.
import { z } from 'zod'
import { Split } from '@/contract/dataset'
import type { JudgedQueries } from '@/contract/dataset-browser'
import { database } from '@/server/db/client'
import { readJudgements } from '@/server/db/judgements'
import { parseQuery, route, wholeNumber } from '@/app/api/answer'
import { datasetFiles } from '@/app/api/open-dataset'

export const dynamic = 'force-dynamic'

const Query = z.object({ split: Split.default('dev'), q: z.string().max(200, 'At most 200 characters').default(''), offset: wholeNumber(0, 999_999_999).default(0), limit: wholeNumber(1, 100).default(20) })
/** Documents of a query that are shown with it. */
const SHOWN = 20

export const GET = route<{ id: string }>(async (request, { id }) => {
  const { split, q, offset, limit } = parseQuery(request, Query)
  const { allQueryRows, queries, queryIds, docs, docIds, qrels } = await datasetFiles(id)
  const own = new Map<number, Map<number, number>>()
  for (const { queryRow, docRow, grade } of await readJudgements(database(), id)) own.set(queryRow, (own.get(queryRow) ?? new Map<number, number>()).set(docRow, grade))
  const words = q.toLowerCase().split(/\s+/).filter(Boolean)
  const rows = allQueryRows(split).filter((row) => {
    if (words.length === 0) return true
    const text = `${queries.get(row)} ${queryIds.idOf(row)}`.toLowerCase()
    return words.every((word) => text.includes(word))
  })
  return {
    total: rows.length,
    queries: Array.from(rows.subarray(offset, offset + limit), (row) => {
      const official = new Map(qrels.judged(row).map(({ docRow, grade }) => [docRow, grade]))
      const here = own.get(row) ?? new Map<number, number>()
      const judged = [...new Set([...official.keys(), ...here.keys()])].sort((a, b) => (official.get(b) ?? -1) - (official.get(a) ?? -1) || a - b)
      return {
        row,
        id: queryIds.idOf(row),
        text: queries.get(row),
        judged: judged.slice(0, SHOWN).map((docRow) => ({ row: docRow, id: docIds.idOf(docRow), text: docs.get(docRow), grade: official.get(docRow) ?? null, ownGrade: here.get(docRow) ?? null })),
        more: Math.max(0, judged.length - SHOWN),
      }
    }),
  } satisfies JudgedQueries
})
