// DELETE revokes an API token.
import { database } from '@/server/db/client'
import { revokeToken } from '@/server/db/tokens'
import { actorOf } from '@/app/api/actor'
import { route } from '@/app/api/answer'

export const DELETE = route<{ id: string }>(async (request, { id }) => {
  await revokeToken(database(), id, actorOf(request))
  return new Response(null, { status: 204 })
})
