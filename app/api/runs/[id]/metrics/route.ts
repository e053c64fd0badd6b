// GET gives all training curves of a run.
import { database } from '@/server/db/client'
import { readMetrics } from '@/server/db/metrics'
import { findRun } from '@/server/db/runs'
import { route } from '@/app/api/answer'

export const dynamic = 'force-dynamic'

export const GET = route<{ id: string }>(async (_, { id }) => {
  await findRun(database(), id)
  return readMetrics(database(), id)
})
