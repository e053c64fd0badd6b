// GET gives what a run's steps took from their machines.
import { database } from '@/server/db/client'
import { readResources } from '@/server/db/resources'
import { findRun } from '@/server/db/runs'
import { route } from '@/app/api/answer'

export const dynamic = 'force-dynamic'

export const GET = route<{ id: string }>(async (_, { id }) => {
  await findRun(database(), id)
  return readResources(database(), id)
})
