// GET reads a page of the table of runs: filtered, sorted and grouped by the server.
import { z } from 'zod'
import { parseFilters, RunsQuery } from '@/contract/run-table'
import { database } from '@/server/db/client'
import { readRunPage } from '@/server/db/run-table'
import { parse, parseQuery, route, wholeNumber } from '@/app/api/answer'

export const dynamic = 'force-dynamic'

/** The query as text; RunsQuery checks what it says. */
const Query = z.object({
  q: z.string().max(200, 'At most 200 characters').optional(),
  filter: z.string().max(4000, 'At most 4000 characters').optional(),
  sort: z.string().optional(),
  order: z.string().optional(),
  at: z.union([z.enum(['best', 'last']), wholeNumber(0, 999_999_999)], { error: 'best, last or an optimizer step' }).optional(),
  group: z.string().optional(),
  archived: z.string().optional(),
  offset: wholeNumber(0, 10_000_000).optional(),
  limit: wholeNumber(1, 500).optional(),
})

export const GET = route((request) => {
  const { filter = '', ...query } = parseQuery(request, Query)
  return readRunPage(database(), parse({ ...query, filters: parseFilters(filter) }, RunsQuery))
})
