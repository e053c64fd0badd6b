// POST archives, unarchives, tags or untags runs, all or none.
import { RunsChange } from '@/contract/run-table'
import { database } from '@/server/db/client'
import { changeRuns } from '@/server/db/run-bulk'
import { actorOf } from '@/app/api/actor'
import { parseBody, route } from '@/app/api/answer'

export const POST = route(async (request) => {
  await changeRuns(database(), await parseBody(request, RunsChange), actorOf(request))
  return new Response(null, { status: 204 })
})
