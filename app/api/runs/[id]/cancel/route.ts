// POST asks a run to stop; answers with the run.
import { database } from '@/server/db/client'
import { cancelRun, readRuns } from '@/server/db/runs'
import { actorOf } from '@/app/api/actor'
import { route } from '@/app/api/answer'

export const POST = route<{ id: string }>(async (request, { id }) => {
  await cancelRun(database(), id, actorOf(request))
  return (await readRuns(database(), [id]))[0]
})
