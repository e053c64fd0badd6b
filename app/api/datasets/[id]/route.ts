// GET shows a data set, DELETE removes one that no run uses.
import { database } from '@/server/db/client'
import { deleteDataset, readDataset } from '@/server/db/datasets'
import { removeArtifacts } from '@/server/db/local-artifact'
import { artifactsDir } from '@/server/db/location'
import { actorOf } from '@/app/api/actor'
import { route } from '@/app/api/answer'

export const dynamic = 'force-dynamic'

export const GET = route<{ id: string }>((_, { id }) => readDataset(database(), id))

export const DELETE = route<{ id: string }>(async (request, { id }) => {
  await removeArtifacts(await deleteDataset(database(), id, artifactsDir(), actorOf(request)))
  return new Response(null, { status: 204 })
})
