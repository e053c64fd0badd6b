// POST plans what may be removed, and removes it where it is no dry run.
import fs from 'node:fs/promises'
import { GcRequest } from '@/contract/artifact'
import { database } from '@/server/db/client'
import { collect } from '@/server/db/collect'
import { artifactsDir } from '@/server/db/location'
import { actorOf } from '@/app/api/actor'
import { parseBody, route } from '@/app/api/answer'
import { artifactStore } from '@/server/db/local-artifact'

export const POST = route(async (request) => {
  const { plan, folders } = await collect(database(), await parseBody(request, GcRequest), artifactsDir(), actorOf(request))
  if (!plan.dryRun) await artifactStore().remove(plan.items.map((item) => item.key))
  await Promise.all(folders.map((folder) => fs.rm(folder, { recursive: true, force: true })))
  return plan
})
