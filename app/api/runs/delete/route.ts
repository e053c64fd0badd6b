// POST deletes finished runs with what only they need, all or none.
import fs from 'node:fs/promises'
import { RunsDeletion } from '@/contract/run-table'
import { database } from '@/server/db/client'
import { artifactsDir } from '@/server/db/location'
import { deleteRuns } from '@/server/db/runs'
import { actorOf } from '@/app/api/actor'
import { parseBody, route } from '@/app/api/answer'

export const POST = route(async (request) => {
  const { ids } = await parseBody(request, RunsDeletion)
  const folders = await deleteRuns(database(), ids, artifactsDir(), actorOf(request))
  await Promise.all(folders.map((folder) => fs.rm(folder, { recursive: true, force: true })))
  return new Response(null, { status: 204 })
})
