// GET lists all runs, POST launches one run or several together.
import { z } from 'zod'
import { NewPipeline, NewRun, type Launched } from '@/contract/run'
import { database } from '@/server/db/client'
import { launchRuns } from '@/server/db/launch'
import { roomForArtifacts } from '@/server/db/room'
import { listRuns, readRuns } from '@/server/db/runs'
import { readChosenSettings } from '@/server/db/settings'
import { actorOf } from '@/app/api/actor'
import { idempotencyKey, parseBody, parse, route } from '@/app/api/answer'

export const dynamic = 'force-dynamic'

export const GET = route(() => listRuns(database()))

export const POST = route(async (request) => {
  const body = await parseBody(request, z.looseObject({}))
  const { runs, priority } = 'runs' in body ? parse(body, NewPipeline) : { runs: [parse(body, NewRun)], priority: undefined }
  const wanted = priority ?? (await readChosenSettings(database())).defaultPriority
  const { pipelineId, runIds } = await launchRuns(database(), runs, { priority: wanted, idempotencyKey: idempotencyKey(request), roomBytes: await roomForArtifacts(database()), by: actorOf(request) })
  return Response.json({ pipelineId, runs: await readRuns(database(), runIds) } satisfies Launched, { status: 201 })
})
