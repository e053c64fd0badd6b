// POST tries a query against a checkpoint of the run: a worker encodes and searches, never this process.
import { NewTry } from '@/contract/query'
import { database } from '@/server/db/client'
import { tryQuery } from '@/server/db/try-query'
import { parseBody, route } from '@/app/api/answer'
import { triedQuery } from './tried-query'

export const dynamic = 'force-dynamic'

export const POST = route<{ id: string }>(async (request, { id }) => {
  const step = await tryQuery(database(), id, await parseBody(request, NewTry))
  return Response.json(await triedQuery(id, step), { status: 202 })
})
