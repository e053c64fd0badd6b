// GET gives one file of an imported model as it is stored here: weights, configuration, vocabulary.
import fs from 'node:fs'
import path from 'node:path'
import { Readable } from 'node:stream'
import { AppError } from '@/contract/errors'
import { database } from '@/server/db/client'
import { localArtifact } from '@/server/db/local-artifact'
import { modelKey } from '@/server/db/models'
import { readManifest } from '@/server/files/artifact'
import { route } from '@/app/api/answer'

export const dynamic = 'force-dynamic'

export const GET = route<{ id: string; name: string }>(async (_, { id, name }) => {
  const key = await modelKey(database(), id)
  const folder = await localArtifact(key)
  const file = readManifest(path.dirname(folder), key)?.files.find((each) => each.name === name)
  if (!file) throw new AppError('not-found', `Model ${id} has no file ${name}`)
  return new Response(Readable.toWeb(fs.createReadStream(path.join(folder, file.name))) as ReadableStream<Uint8Array>, {
    headers: { 'content-type': 'application/octet-stream', 'content-length': String(file.bytes), 'content-disposition': `attachment; filename*=UTF-8''${encodeURIComponent(path.basename(file.name))}`, 'x-sha256': file.sha256 },
  })
})
