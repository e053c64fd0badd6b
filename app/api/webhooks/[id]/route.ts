// DELETE removes a webhook.
import { database } from '@/server/db/client'
import { deleteWebhook } from '@/server/db/webhooks'
import { actorOf } from '@/app/api/actor'
import { route } from '@/app/api/answer'

export const DELETE = route<{ id: string }>(async (request, { id }) => {
  await deleteWebhook(database(), id, actorOf(request))
  return new Response(null, { status: 204 })
})
