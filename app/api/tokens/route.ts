// GET lists API tokens, POST makes one.
import { NewToken } from '@/contract/access'
import { database } from '@/server/db/client'
import { createToken, listTokens } from '@/server/db/tokens'
import { actorOf } from '@/app/api/actor'
import { parseBody, route } from '@/app/api/answer'

export const dynamic = 'force-dynamic'

export const GET = route(() => listTokens(database()))

export const POST = route(async (request) => Response.json(await createToken(database(), await parseBody(request, NewToken), actorOf(request)), { status: 201 }))
