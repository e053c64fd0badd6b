// GET lists webhooks, POST adds one.
import { NewWebhook } from '@/contract/access'
import { database } from '@/server/db/client'
import { createWebhook, listWebhooks } from '@/server/db/webhooks'
import { actorOf } from '@/app/api/actor'
import { parseBody, route } from '@/app/api/answer'

export const dynamic = 'force-dynamic'

export const GET = route(() => listWebhooks(database()))

export const POST = route(async (request) => Response.json(await createWebhook(database(), await parseBody(request, NewWebhook), actorOf(request)), { status: 201 }))
