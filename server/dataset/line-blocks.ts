// A text file in blocks of whole lines, read in order and in bounded memory, gz or plain. For imports: blocks may go to other threads.
import fs from 'node:fs'
import { createGunzip } from 'node:zlib'
import { AppError } from '@/contract/errors'
import { decodeLines, openInput, type Line } from './tsv-lines'

const BLOCK_BYTES = 2 << 20
/** A longer line is not text that anyone wrote: without a bound a file without line ends would be read into memory whole. */
const MAX_LINE_BYTES = 64 << 20
/** Text shrinks to a fifth or a tenth. A file that grows far beyond that was made to fill the disk; deflate's own limit is 1,032. */
const MAX_GZ_RATIO = 250
const GZ_RATIO_FROM_BYTES = 64 << 20
const LINE_FEED = 0x0a

export interface LineBlock {
  /** Whole lines; the last of the file may lack its line end. The buffer behind it is the block's own. */
  bytes: Uint8Array<ArrayBuffer>
  /** Bytes of the file, as it lies on disk, that are read so far: for progress. */
  bytesRead: number
}

/** Blocks of a file; a byte order mark is dropped. Throws AppError bad-input for a missing, empty or damaged file. */
export async function* lineBlocks(file: string): AsyncGenerator<LineBlock> {
  const input = openBytes(file)
  try {
    let rest: Uint8Array = new Uint8Array(0)
    let room = BLOCK_BYTES
    let first = true
    let empty = true
    for (let ended = false; !ended; ) {
      const block = new Uint8Array(rest.length + room)
      block.set(rest)
      const read = await input.fill(block.subarray(rest.length))
      const filled = rest.length + read
      ended = read < room
      const start = first && block[0] === 0xef && block[1] === 0xbb && block[2] === 0xbf ? 3 : 0
      const end = ended ? filled : block.lastIndexOf(LINE_FEED, filled - 1) + 1
      if (end === 0 && !ended) {
        if (filled > MAX_LINE_BYTES) throw new AppError('bad-input', `${file} has a line of more than ${MAX_LINE_BYTES >> 20} MiB; is it a text file?`)
        rest = block
        room = filled
        continue
      }
      rest = block.slice(end, filled)
      room = BLOCK_BYTES
      first = false
      if (end > start) {
        empty = false
        yield { bytes: block.subarray(start, end), bytesRead: input.bytesRead() }
      } else if (ended && empty) throw new AppError('bad-input', `${file} is empty; export it again`)
    }
  } finally {
    input.close()
  }
}

/** All lines of a file with their numbers. For files of moderate size (judgements, splits): every line becomes a string. */
export async function* textLines(file: string): AsyncGenerator<Line> {
  let number = 0
  for await (const { bytes, bytesRead } of lineBlocks(file)) {
    for (const text of decodeLines(file, Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length), number)) yield { number: ++number, text, bytesRead }
  }
}

interface ByteInput {
  /** Fills the target from the start; fewer bytes than it holds only at the end of the file. */
  fill(target: Uint8Array): Promise<number>
  bytesRead(): number
  close(): void
}

function openBytes(file: string): ByteInput {
  const fd = openInput(file)
  const magic = new Uint8Array(2)
  try {
    fs.readSync(fd, magic, 0, 2, 0)
  } catch (cause) {
    fs.closeSync(fd)
    throw new AppError('bad-input', `${file} cannot be read: ${(cause as Error).message}`, { cause })
  }
  return magic[0] === 0x1f && magic[1] === 0x8b ? openGzip(file, fd) : openPlain(fd)
}

function openPlain(fd: number): ByteInput {
  let position = 0
  return {
    async fill(target) {
      let done = 0
      while (done < target.length) {
        const read = fs.readSync(fd, target, done, target.length - done, position)
        if (read === 0) break
        done += read
        position += read
      }
      return done
    },
    bytesRead: () => position,
    close: () => fs.closeSync(fd),
  }
}

function openGzip(file: string, fd: number): ByteInput {
  const compressed = fs.createReadStream(file, { fd, autoClose: true, highWaterMark: 1 << 18, start: 0 })
  const unzip = createGunzip({ chunkSize: 1 << 18 })
  compressed.on('error', (error) => unzip.destroy(error))
  const chunks = compressed.pipe(unzip)[Symbol.asyncIterator]() as AsyncIterator<Buffer>
  let chunk: Uint8Array = new Uint8Array(0)
  let produced = 0
  return {
    async fill(target) {
      let done = 0
      while (done < target.length) {
        if (chunk.length === 0) {
          const next = await nextChunk(file, chunks)
          if (!next) break
          chunk = next
          produced += chunk.length
          if (produced > GZ_RATIO_FROM_BYTES && produced > MAX_GZ_RATIO * compressed.bytesRead) {
            throw new AppError('bad-input', `${file} unpacks to more than ${MAX_GZ_RATIO} times its size, which text does not; unpack it yourself if you trust it`)
          }
        }
        const taken = Math.min(chunk.length, target.length - done)
        target.set(chunk.subarray(0, taken), done)
        chunk = chunk.subarray(taken)
        done += taken
      }
      return done
    },
    bytesRead: () => compressed.bytesRead,
    close() {
      unzip.destroy()
      compressed.destroy()
    },
  }
}

async function nextChunk(file: string, chunks: AsyncIterator<Buffer>): Promise<Uint8Array | null> {
  try {
    const { value, done } = await chunks.next()
    return done ? null : value
  } catch (cause) {
    throw new AppError('bad-input', `${file} is not a complete gz file (${(cause as Error).message}); download or compress it again`, { cause })
  }
}
