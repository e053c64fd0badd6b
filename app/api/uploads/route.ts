// POST keeps one file of a data set on the server, for an import to read. Files that name the same upload lie in one folder.
import { randomBytes } from 'node:crypto'
import fs from 'node:fs'
import path from 'node:path'
import { Readable, Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { z } from 'zod'
import type { Upload } from '@/contract/dataset'
import { AppError } from '@/contract/errors'
import { uploadsDir } from '@/server/db/location'
import { parseQuery, route } from '@/app/api/answer'

export const dynamic = 'force-dynamic'

/** MS MARCO's documents, unpacked, have 22 GB. */
const MAX_UPLOAD_BYTES = 40 * 2 ** 30
const Query = z.object({
  upload: z.string().regex(/^[0-9a-f]{16}$/, 'Give the id of an upload').optional(),
  /** A name such as collection.tsv or qrels/test.tsv. */
  file: z.string().regex(/^(qrels\/)?[\w][\w.-]{0,99}$/, 'A file name of letters, digits, dot, dash and underscore, or one in qrels/'),
})

export const POST = route(async (request) => {
  const { upload = randomBytes(8).toString('hex'), file } = parseQuery(request, Query)
  if (!request.body) throw new AppError('bad-input', `${file} is empty; choose another file`)
  const folder = path.join(uploadsDir(), upload)
  const target = path.join(folder, file)
  const part = `${target}.part`
  fs.mkdirSync(path.dirname(target), { recursive: true })
  try {
    await pipeline(Readable.fromWeb(request.body as import('node:stream/web').ReadableStream), bounded(file), fs.createWriteStream(part))
    fs.renameSync(part, target)
  } catch (error) {
    fs.rmSync(part, { force: true })
    if ((error as NodeJS.ErrnoException).code === 'ENOSPC') throw new AppError('unavailable', `The server's disk is full; nothing of ${file} is kept`, { cause: error })
    throw error
  }
  return Response.json({ upload, folder, bytes: fs.statSync(target).size } satisfies Upload, { status: 201 })
})

function bounded(file: string): Transform {
  let bytes = 0
  return new Transform({
    transform(piece: Buffer, _, done) {
      bytes += piece.length
      if (bytes > MAX_UPLOAD_BYTES) done(new AppError('bad-input', `${file} has more than ${MAX_UPLOAD_BYTES} bytes; gzip it, or put it on the server and give its folder`))
      else done(null, piece)
    },
  })
}
