// GET gives the training curves of a run: all of them, or a stretch of steps. Long ones are thinned, extremes kept.
import { z } from 'zod'
import { CURSOR_HEADER } from '@/contract/event'
import { database } from '@/server/db/client'
import { lastCursor } from '@/server/db/events'
import { readMetrics } from '@/server/db/metrics'
import { findRun } from '@/server/db/runs'
import { parseQuery, route, wholeNumber } from '@/app/api/answer'

export const dynamic = 'force-dynamic'

const Query = z.object({ from: wholeNumber(0, 999_999_999).optional(), to: wholeNumber(0, 999_999_999).optional() })

export const GET = route<{ id: string }>(async (request, { id }) => {
  const stretch = parseQuery(request, Query)
  await findRun(database(), id)
  // Read first: what is told after it may be in the curves already, and none is missing.
  const cursor = await lastCursor(database())
  return Response.json(await readMetrics(database(), id, stretch), { headers: { [CURSOR_HEADER]: String(cursor) } })
})
