// POST tells what a launch would take and whether it fits; nothing is launched.
import { z } from 'zod'
import { NewPipeline, NewRun } from '@/contract/run'
import { database } from '@/server/db/client'
import { previewLaunch } from '@/server/db/launch'
import { roomForArtifacts } from '@/server/db/room'
import { parse, parseBody, route } from '@/app/api/answer'

export const POST = route(async (request) => {
  const body = await parseBody(request, z.looseObject({}))
  const runs = 'runs' in body ? parse(body, NewPipeline).runs : [parse(body, NewRun)]
  return previewLaunch(database(), runs, { roomBytes: await roomForArtifacts(database()) })
})
