// GET gives one file of the artifact that a run's step published, as it lies in the store; its SHA-256 is a header.
import fs from 'node:fs'
import path from 'node:path'
import { Readable } from 'node:stream'
import { AppError } from '@/contract/errors'
import { database } from '@/server/db/client'
import { localArtifact } from '@/server/db/local-artifact'
import { readRunFile } from '@/server/db/runs'
import { route } from '@/app/api/answer'

export const dynamic = 'force-dynamic'

export const GET = route<{ id: string; step: string; name: string }>(async (_, { id, step, name }) => {
  const file = await readRunFile(database(), { runId: id, stepId: step, name })
  const place = path.join(await localArtifact(file.key), file.name)
  if (!fs.existsSync(place)) throw new AppError('not-found', `${file.name} of artifact ${file.key} is not on this machine any more; a run that needs it makes it again`)
  return new Response(Readable.toWeb(fs.createReadStream(place)) as ReadableStream<Uint8Array>, {
    headers: { 'content-type': 'application/octet-stream', 'content-length': String(fs.statSync(place).size), 'content-disposition': `attachment; filename*=UTF-8''${encodeURIComponent(path.basename(file.name))}`, 'x-sha256': file.sha256 },
  })
})
