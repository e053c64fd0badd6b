// POST launches a sweep: one run varied over some fields and seeds.
import { NewSweep, expandSweep, type LaunchedSweep } from '@/contract/sweep'
import { database } from '@/server/db/client'
import { launchRuns } from '@/server/db/launch'
import { roomForArtifacts } from '@/server/db/room'
import { readRuns } from '@/server/db/runs'
import { uniform } from '@/server/random/random'
import { actorOf } from '@/app/api/actor'
import { idempotencyKey, parseBody, route } from '@/app/api/answer'

export const POST = route(async (request) => {
  const sweep = await parseBody(request, NewSweep)
  const { priority, earlyStop } = sweep
  const { pipelineId, runIds } = await launchRuns(database(), expandSweep(sweep, uniform), { priority, earlyStop, idempotencyKey: idempotencyKey(request), roomBytes: await roomForArtifacts(database()), by: actorOf(request) })
  return Response.json({ pipelineId, runs: await readRuns(database(), runIds) } satisfies LaunchedSweep, { status: 201 })
})
