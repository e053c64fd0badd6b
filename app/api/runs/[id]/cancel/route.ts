// POST asks a run to stop; answers with the run.
import { database } from '@/server/db/client'
import { cancelRun, readRuns } from '@/server/db/runs'
import { route } from '@/app/api/answer'

export const POST = route<{ id: string }>(async (_, { id }) => {
  await cancelRun(database(), id)
  return (await readRuns(database(), [id]))[0]
})
