// GET shows a run with its steps and files, PATCH changes its priority, DELETE removes it with what only it needs.
import { RunChange } from '@/contract/routes'
import { database } from '@/server/db/client'
import { removeArtifacts } from '@/server/db/local-artifact'
import { artifactsDir } from '@/server/db/location'
import { deleteRun, readRun, readRuns, setPriority } from '@/server/db/runs'
import { actorOf } from '@/app/api/actor'
import { parseBody, route } from '@/app/api/answer'

export const dynamic = 'force-dynamic'

export const GET = route<{ id: string }>((_, { id }) => readRun(database(), id))

export const PATCH = route<{ id: string }>(async (request, { id }) => {
  const { priority } = await parseBody(request, RunChange)
  await setPriority(database(), id, priority, actorOf(request))
  return (await readRuns(database(), [id]))[0]
})

export const DELETE = route<{ id: string }>(async (request, { id }) => {
  await removeArtifacts(await deleteRun(database(), id, artifactsDir(), actorOf(request)))
  return new Response(null, { status: 204 })
})
