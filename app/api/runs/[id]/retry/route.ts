// POST lets a failed or cancelled run go on from its first unfinished step; answers with the run.
import { database } from '@/server/db/client'
import { readRuns, retryRun } from '@/server/db/runs'
import { actorOf } from '@/app/api/actor'
import { route } from '@/app/api/answer'

export const POST = route<{ id: string }>(async (request, { id }) => {
  await retryRun(database(), id, actorOf(request))
  return (await readRuns(database(), [id]))[0]
})
