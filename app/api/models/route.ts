// GET lists imported models, POST creates one and queues its import.
import { NewModel } from '@/contract/model'
import { AppError } from '@/contract/errors'
import { fingerprintModel } from '@/server/files/model-source'
import { insideRoots } from '@/server/access/roots'
import { database } from '@/server/db/client'
import { dataRoots } from '@/server/db/location'
import { createModel, listModels, readModel } from '@/server/db/models'
import { actorOf } from '@/app/api/actor'
import { parseBody, route } from '@/app/api/answer'

export const dynamic = 'force-dynamic'

export const GET = route(() => listModels(database()))

export const POST = route(async (request) => {
  const model = await parseBody(request, NewModel)
  const id = await createModel(database(), model, await fingerprintOf(model), actorOf(request))
  return Response.json(await readModel(database(), id), { status: 201 })
})

async function fingerprintOf({ source }: NewModel): Promise<string> {
  try {
    if (source.kind === 'folder') for (const folder of [source.folder, source.tokenizerFolder]) if (folder !== undefined) insideRoots(folder, dataRoots())
    return await fingerprintModel(source)
  } catch (error) {
    if (!(error instanceof AppError)) throw error
    throw new AppError(error.code, error.message, { cause: error, fields: { [source.kind === 'hub' ? 'source.id' : 'source.folder']: error.message } })
  }
}
