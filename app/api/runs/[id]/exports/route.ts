// POST has a worker write a checkpoint of the run for other programs.
import { type Export, NewExport } from '@/contract/model'
import { database } from '@/server/db/client'
import { orderExport } from '@/server/db/exports'
import { actorOf } from '@/app/api/actor'
import { parseBody, route } from '@/app/api/answer'

export const POST = route<{ id: string }>(async (request, { id }) => {
  const stepId = await orderExport(database(), id, await parseBody(request, NewExport), actorOf(request))
  return Response.json({ stepId } satisfies Export, { status: 202 })
})
