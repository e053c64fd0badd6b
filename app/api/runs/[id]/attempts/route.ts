// GET gives every attempt at the run's steps.
import { readAttempts } from '@/server/db/attempts'
import { database } from '@/server/db/client'
import { findRun } from '@/server/db/runs'
import { route } from '@/app/api/answer'

export const dynamic = 'force-dynamic'

export const GET = route<{ id: string }>(async (_, { id }) => {
  await findRun(database(), id)
  return readAttempts(database(), id)
})
