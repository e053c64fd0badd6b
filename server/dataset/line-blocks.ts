// A text file in blocks of whole lines, read in order and in bounded memory, gz or plain. For imports: blocks may go to other threads.
import { isUtf8 } from 'node:buffer'
import { AppError } from '@/contract/errors'
import { readInput } from '@/server/files/input'
import { badLine, type Line } from './tsv-lines'

/** A longer line is not text that anyone wrote: without a bound a file without line ends would be read into memory whole. */
const MAX_LINE_BYTES = 64 << 20
const LINE_FEED = 0x0a

export interface LineBlock {
  /** Whole lines; the last of the file may lack its line end. The buffer behind it is the block's own. */
  bytes: Uint8Array<ArrayBuffer>
  /** Bytes of the file, as it lies on disk, that are read so far: for progress. */
  bytesRead: number
}

/** Blocks of a file; a byte order mark is dropped. Throws AppError bad-input for a missing, empty or damaged file. */
export async function* lineBlocks(file: string): AsyncGenerator<LineBlock> {
  let bytesRead = 0
  let rest: Uint8Array = new Uint8Array(0)
  let blocks = 0
  for await (const chunk of readInput(file, { onProgress: (bytes) => (bytesRead = bytes) })) {
    const end = chunk.lastIndexOf(LINE_FEED) + 1
    const bytes = joined(rest, end > 0 ? chunk.subarray(0, end) : chunk)
    if (end === 0) {
      if (bytes.length > MAX_LINE_BYTES) throw new AppError('bad-input', `${file} has a line of more than ${MAX_LINE_BYTES >> 20} MiB; is it a text file?`)
      rest = bytes
      continue
    }
    rest = Uint8Array.from(chunk.subarray(end))
    yield { bytes: blocks++ === 0 ? withoutMark(bytes) : bytes, bytesRead }
  }
  const last = blocks === 0 ? withoutMark(joined(rest, new Uint8Array(0))) : joined(rest, new Uint8Array(0))
  if (last.length > 0) yield { bytes: last, bytesRead }
  else if (blocks === 0) throw new AppError('bad-input', `${file} is empty; export it again`)
}

function joined(a: Uint8Array, b: Uint8Array): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(a.length + b.length)
  bytes.set(a)
  bytes.set(b, a.length)
  return bytes
}

function withoutMark(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  return bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? bytes.subarray(3) : bytes
}

/** All lines of a file with their numbers. For files of moderate size (judgements, splits): every line becomes a string. */
export async function* textLines(file: string): AsyncGenerator<Line> {
  let number = 0
  for await (const { bytes } of lineBlocks(file)) {
    for (const text of decodeLines(file, Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length), number)) yield { number: ++number, text }
  }
}

/** The lines of a block without their ends, CRLF or LF. Throws AppError bad-input for bytes that are not UTF-8. */
function decodeLines(file: string, bytes: Buffer, linesBefore: number): string[] {
  if (!isUtf8(bytes)) throw badLine(file, linesBefore + firstBadLine(bytes), 'not valid UTF-8', 'convert the file to UTF-8')
  const lines = bytes.toString('utf8').split('\n')
  if (lines.at(-1) === '') lines.pop()
  return lines.map((line) => (line.endsWith('\r') ? line.slice(0, -1) : line))
}

function firstBadLine(bytes: Buffer): number {
  let number = 1
  for (let start = 0; ; number++) {
    const end = bytes.indexOf(LINE_FEED, start)
    if (end < 0 || !isUtf8(bytes.subarray(start, end))) return number
    start = end + 1
  }
}
