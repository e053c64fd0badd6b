// POST deletes finished runs with what only they need, all or none.
import { RunsDeletion } from '@/contract/run-table'
import { database } from '@/server/db/client'
import { removeArtifacts } from '@/server/db/local-artifact'
import { artifactsDir } from '@/server/db/location'
import { deleteRuns } from '@/server/db/runs'
import { actorOf } from '@/app/api/actor'
import { parseBody, route } from '@/app/api/answer'

export const POST = route(async (request) => {
  const { ids } = await parseBody(request, RunsDeletion)
  await removeArtifacts(await deleteRuns(database(), ids, artifactsDir(), actorOf(request)))
  return new Response(null, { status: 204 })
})
