// POST keeps a piece of one uploaded file on the server, for an import or POST /api/runs/external to read. Files that name the same upload
// lie in one folder.
import { randomBytes } from 'node:crypto'
import fs from 'node:fs'
import path from 'node:path'
import { z } from 'zod'
import { AppError } from '@/contract/errors'
import { UPLOAD_PIECE_BYTES, UploadId, UploadName, type Upload } from '@/contract/upload'
import { uploadsDir } from '@/server/db/location'
import { parseQuery, route } from '@/app/api/answer'

export const dynamic = 'force-dynamic'

/** MS MARCO's documents, unpacked, have 22 GB. */
const MAX_UPLOAD_BYTES = 40 * 2 ** 30
const bytes = z.string().regex(/^\d{1,11}$/, 'Give a number of bytes').transform(Number).pipe(z.number().max(MAX_UPLOAD_BYTES, `At most ${MAX_UPLOAD_BYTES} bytes; gzip the file, or put it on the server and give its folder`))
const Query = z.object({
  upload: UploadId.optional(),
  file: UploadName,
  /** Where in the file the piece begins, and how long the file is. */
  at: bytes,
  total: bytes,
})

export const POST = route(async (request) => {
  const { upload = randomBytes(8).toString('hex'), file, at, total } = parseQuery(request, Query)
  const folder = path.join(uploadsDir(), upload)
  const target = path.join(folder, file)
  const part = `${target}.part`
  const announced = Number(request.headers.get('content-length') ?? NaN)
  if (announced > UPLOAD_PIECE_BYTES) throw new AppError('bad-input', `A piece has at most ${UPLOAD_PIECE_BYTES} bytes, not ${announced}`)
  const piece = new Uint8Array(await request.arrayBuffer())
  if (piece.length > UPLOAD_PIECE_BYTES || (announced >= 0 && piece.length !== announced)) throw new AppError('bad-input', `${piece.length} bytes came, ${announced} were announced; send the piece again`)
  fs.mkdirSync(path.dirname(target), { recursive: true })
  const have = at === 0 ? 0 : (fs.statSync(part, { throwIfNoEntry: false })?.size ?? 0)
  if (have !== at || at + piece.length > total) throw new AppError('conflict', `${file} goes on at byte ${have} of ${total}, not with bytes ${at} to ${at + piece.length}`)
  try {
    fs.writeFileSync(part, piece, { flag: at === 0 ? 'w' : 'a' })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error
    fs.rmSync(part, { force: true })
    throw new AppError('unavailable', `The server's disk is full; nothing of ${file} is kept`, { cause: error })
  }
  if (at + piece.length === total) fs.renameSync(part, target)
  return Response.json({ upload, folder, bytes: at + piece.length } satisfies Upload, { status: 201 })
})
