// GET lists data sets, POST creates one and queues its import.
import { NewDataset } from '@/contract/dataset'
import { AppError } from '@/contract/errors'
import { fingerprintSource } from '@/server/dataset/fingerprint'
import { insideRoots } from '@/server/access/roots'
import { database } from '@/server/db/client'
import { createDataset, listDatasets, readDataset } from '@/server/db/datasets'
import { dataRoots, uploadsDir } from '@/server/db/location'
import { actorOf } from '@/app/api/actor'
import { parseBody, route } from '@/app/api/answer'

export const dynamic = 'force-dynamic'

export const GET = route(() => listDatasets(database()))

export const POST = route(async (request) => {
  const dataset = await parseBody(request, NewDataset)
  const id = await createDataset(database(), dataset, fingerprintOf(dataset), actorOf(request))
  return Response.json(await readDataset(database(), id), { status: 201 })
})

function fingerprintOf({ source }: NewDataset): string {
  try {
    if ('folder' in source) insideRoots(source.folder, [...dataRoots(), uploadsDir()])
    return fingerprintSource(source)
  } catch (error) {
    if (!(error instanceof AppError) || !('folder' in source)) throw error
    throw new AppError(error.code, error.message, { cause: error, fields: { 'source.folder': error.message } })
  }
}
