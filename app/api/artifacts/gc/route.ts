// POST plans what may be removed, and removes it where it is no dry run.
import { GcRequest } from '@/contract/artifact'
import { database } from '@/server/db/client'
import { collectGarbage } from '@/server/db/local-artifact'
import { actorOf } from '@/app/api/actor'
import { parseBody, route } from '@/app/api/answer'

export const POST = route(async (request) => collectGarbage(database(), await parseBody(request, GcRequest), actorOf(request)))
