// GET finds documents or queries by their words or official id, from a row on.
import { z } from 'zod'
import { findTexts } from '@/server/dataset/find-texts'
import { parseQuery, route, wholeNumber } from '@/app/api/answer'
import { datasetFiles } from '@/app/api/open-dataset'

export const dynamic = 'force-dynamic'

const Query = z.object({
  of: z.enum(['docs', 'queries'], { error: 'Give docs or queries' }).default('docs'),
  q: z.string().max(200, 'At most 200 characters').default(''),
  from: wholeNumber(0, 999_999_999).default(0),
  limit: wholeNumber(1, 200).default(20),
})

export const GET = route<{ id: string }>(async (request, { id }) => {
  const { of, q, from, limit } = parseQuery(request, Query)
  const { docs, docIds, queries, queryIds } = await datasetFiles(id)
  const options = { q, from, limit, clock: () => performance.now() }
  return of === 'docs' ? findTexts(docs, docIds, options) : findTexts(queries, queryIds, options)
})
