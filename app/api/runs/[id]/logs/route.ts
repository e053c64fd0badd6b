// GET gives a page of a run's log: the newest lines, or those before a cursor.
import { z } from 'zod'
import { database } from '@/server/db/client'
import { readLog } from '@/server/db/events'
import { findRun } from '@/server/db/runs'
import { cursor, parseQuery, route, wholeNumber } from '@/app/api/answer'

export const dynamic = 'force-dynamic'

const Query = z.object({ stepId: z.string().optional(), before: cursor.optional(), limit: wholeNumber(1, 1000).default(200) })

export const GET = route<{ id: string }>(async (request, { id }) => {
  const { stepId, before, limit } = parseQuery(request, Query)
  await findRun(database(), id)
  return readLog(database(), { runId: id, stepId, before, limit })
})
