// GET gives a page of a run's log: the newest lines, or those before a cursor; of one step or attempt, from a level on, with a text in them.
import { z } from 'zod'
import { LogLevel } from '@/contract/event'
import { database } from '@/server/db/client'
import { readLog } from '@/server/db/logs'
import { findRun } from '@/server/db/runs'
import { cursor, parseQuery, route, wholeNumber } from '@/app/api/answer'

export const dynamic = 'force-dynamic'

const Query = z.object({
  stepId: z.string().optional(),
  attempt: wholeNumber(1, 999_999).optional(),
  level: LogLevel.optional(),
  q: z.string().max(200, 'At most 200 characters').optional(),
  before: cursor.optional(),
  limit: wholeNumber(1, 1000).default(200),
})

export const GET = route<{ id: string }>(async (request, { id }) => {
  const query = parseQuery(request, Query)
  await findRun(database(), id)
  return readLog(database(), { runId: id, ...query })
})
