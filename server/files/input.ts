// Files that users hand in, as a stream of bytes, unpacked where they are gzipped. Called by everything that reads collections, judgements
// and run files.
import fs from 'node:fs'
import { Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { AppError } from '@/contract/errors'

const CHUNK_BYTES = 4 << 20
const UNPACKED_CHUNK_BYTES = 1 << 18
/** Text shrinks to a fifth or a tenth. A file that grows far beyond that was made to fill the disk; deflate's own limit is 1,032. */
const MAX_GZ_RATIO = 250
const GZ_RATIO_FROM_BYTES = 64 << 20

export interface InputOptions {
  /** Called with the bytes of the file (packed ones) read so far and its size, before what they hold is given out. */
  onProgress?: (bytes: number, size: number) => void
}

/**
 * The bytes of a file; gzip is recognised by its first two bytes, whatever the name. A chunk may be overwritten when the next is asked for.
 * Throws AppError bad-input for a file that is missing, empty, unreadable or damaged.
 */
export async function* readInput(file: string, { onProgress }: InputOptions = {}): AsyncGenerator<Buffer> {
  const fd = openInput(file)
  let bytes = 0
  try {
    const { size } = fs.fstatSync(fd)
    // a pipe has no size
    const chunkBytes = size > 0 ? Math.min(CHUNK_BYTES, size) : CHUNK_BYTES
    const first = readChunk(fd, Buffer.allocUnsafe(chunkBytes))
    if (first.length === 0) throw new AppError('bad-input', `${file} is empty; export it again`)
    const isPacked = first[0] === 0x1f && first[1] === 0x8b
    function* rawChunks(): Generator<Buffer> {
      // what gunzip holds must not be overwritten
      for (let chunk = first; chunk.length > 0; chunk = readChunk(fd, isPacked ? Buffer.allocUnsafe(chunkBytes) : first)) {
        bytes += chunk.length
        onProgress?.(bytes, size)
        yield chunk
      }
    }
    if (isPacked) yield* unpack(file, rawChunks(), () => bytes)
    else yield* rawChunks()
  } finally {
    fs.closeSync(fd)
  }
}

async function* unpack(file: string, chunks: Iterable<Buffer>, packedBytes: () => number): AsyncGenerator<Buffer> {
  const gunzip = createGunzip({ chunkSize: UNPACKED_CHUNK_BYTES })
  const source = Readable.from(chunks, { objectMode: false })
  source.on('error', (error) => gunzip.destroy(error))
  let unpacked = 0
  try {
    for await (const chunk of source.pipe(gunzip) as AsyncIterable<Buffer>) {
      unpacked += chunk.length
      if (unpacked > GZ_RATIO_FROM_BYTES && unpacked > MAX_GZ_RATIO * packedBytes()) throw new AppError('bad-input', `${file} unpacks to more than ${MAX_GZ_RATIO} times its size, which text does not; unpack it yourself if you trust it`)
      yield chunk
    }
  } catch (cause) {
    if (cause instanceof AppError) throw cause
    throw new AppError('bad-input', `${file} is not a complete gz file (${(cause as Error).message}); download or compress it again`, { cause })
  }
}

function openInput(file: string): number {
  try {
    const fd = fs.openSync(file, 'r')
    if (!fs.fstatSync(fd).isDirectory()) return fd
    fs.closeSync(fd)
  } catch (cause) {
    const missing = (cause as NodeJS.ErrnoException).code === 'ENOENT'
    throw new AppError('bad-input', missing ? `${file} does not exist; check the path` : `${file} cannot be read: ${(cause as Error).message}`, { cause })
  }
  throw new AppError('bad-input', `${file} is a folder; name a file in it`)
}

function readChunk(fd: number, into: Buffer): Buffer {
  return into.subarray(0, fs.readSync(fd, into, 0, into.length, null))
}
