// Files that users hand in, as a stream of bytes, unpacked where they are gzipped. Called by the readers of run files and judgements.
import fs from 'node:fs'
import { createGunzip } from 'node:zlib'
import { AppError } from '@/contract/errors'

const CHUNK_BYTES = 4 << 20

export interface InputOptions {
  /** Called with the bytes of the file (packed ones) read so far and its size. */
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
    const size = fs.fstatSync(fd).size
    const first = readChunk(fd, Buffer.allocUnsafe(CHUNK_BYTES))
    if (first.length === 0) throw new AppError('bad-input', `${file} is empty; export it again`)
    const isPacked = first[0] === 0x1f && first[1] === 0x8b
    function* rawChunks(): Generator<Buffer> {
      // what gunzip holds must not be overwritten
      for (let chunk = first; chunk.length > 0; chunk = readChunk(fd, isPacked ? Buffer.allocUnsafe(CHUNK_BYTES) : first)) {
        bytes += chunk.length
        yield chunk
        onProgress?.(bytes, size)
      }
    }
    if (isPacked) yield* unpack(file, rawChunks())
    else yield* rawChunks()
  } finally {
    fs.closeSync(fd)
  }
}

async function* unpack(file: string, chunks: Iterable<Buffer>): AsyncGenerator<Buffer> {
  const { Readable } = await import('node:stream')
  const gunzip = createGunzip({ chunkSize: 1 << 20 })
  const source = Readable.from(chunks, { objectMode: false })
  source.on('error', (error) => gunzip.destroy(error))
  try {
    for await (const chunk of source.pipe(gunzip)) yield chunk as Buffer
  } catch (cause) {
    if (cause instanceof AppError) throw cause
    throw new AppError('bad-input', `${file} is not a complete gzip file (${(cause as Error).message}); copy it again`, { cause })
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
