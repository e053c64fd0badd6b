// GET shows an imported model, DELETE removes one that no run starts from.
import { database } from '@/server/db/client'
import { removeArtifacts } from '@/server/db/local-artifact'
import { artifactsDir } from '@/server/db/location'
import { deleteModel, readModel } from '@/server/db/models'
import { actorOf } from '@/app/api/actor'
import { route } from '@/app/api/answer'

export const dynamic = 'force-dynamic'

export const GET = route<{ id: string }>((_, { id }) => readModel(database(), id))

export const DELETE = route<{ id: string }>(async (request, { id }) => {
  await removeArtifacts(await deleteModel(database(), id, artifactsDir(), actorOf(request)))
  return new Response(null, { status: 204 })
})
