// GET gives the training curves of a run: all of them, or a stretch of steps. Long ones are thinned, extremes kept.
import { z } from 'zod'
import { database } from '@/server/db/client'
import { readMetrics } from '@/server/db/metrics'
import { findRun } from '@/server/db/runs'
import { parseQuery, route, wholeNumber } from '@/app/api/answer'

export const dynamic = 'force-dynamic'

const Query = z.object({ from: wholeNumber(0, 999_999_999).optional(), to: wholeNumber(0, 999_999_999).optional() })

export const GET = route<{ id: string }>(async (request, { id }) => {
  const stretch = parseQuery(request, Query)
  await findRun(database(), id)
  return readMetrics(database(), id, stretch)
})
