// POST lets a failed or cancelled run go on from its first unfinished step, or an ended one from the step that is named; answers with the run.
import { z } from 'zod'
import { database } from '@/server/db/client'
import { retryFrom, retryRun } from '@/server/db/retry'
import { readRuns } from '@/server/db/runs'
import { actorOf } from '@/app/api/actor'
import { parseQuery, route } from '@/app/api/answer'

const Query = z.object({ from: z.string().optional() })

export const POST = route<{ id: string }>(async (request, { id }) => {
  const { from } = parseQuery(request, Query)
  if (from === undefined) await retryRun(database(), id, actorOf(request))
  else await retryFrom(database(), id, from, actorOf(request))
  return (await readRuns(database(), [id]))[0]
})
