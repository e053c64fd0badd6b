// Lines of a text file with their numbers, read in blocks, and what is wrong with one in words that name file and line.
// For everything users hand in: collections, queries, judgements, run files.
import { isUtf8 } from 'node:buffer'
import fs from 'node:fs'
import path from 'node:path'
import { AppError } from '@/contract/errors'

const BLOCK_BYTES = 1 << 20
const LINE_FEED = 0x0a

export interface Line {
  number: number
  text: string
  /** Bytes of the file up to the end of this line's block, for progress. */
  bytesRead: number
}

/** The error for a line; `wrong` says what was found and `action` what to do. */
export function badLine(file: string, line: number, wrong: string, action: string): AppError {
  return new AppError('bad-input', `${path.basename(file)} line ${line}: ${wrong}; ${action}`)
}

/**
 * All lines without their line end: CRLF and LF, with or without a last one; a byte order mark is dropped.
 * Throws AppError bad-input for a missing or empty file and for bytes that are not UTF-8.
 */
export function* readLines(file: string): Generator<Line> {
  const fd = openInput(file)
  try {
    let number = 0
    let bytesRead = 0
    let rest: Buffer = Buffer.alloc(0)
    for (;;) {
      const block = Buffer.allocUnsafe(BLOCK_BYTES)
      const read = fs.readSync(fd, block)
      bytesRead += read
      const bytes = Buffer.concat([rest, block.subarray(0, read)])
      const end = read === 0 ? bytes.length : bytes.lastIndexOf(LINE_FEED) + 1
      rest = bytes.subarray(end)
      for (const text of decodeLines(file, bytes.subarray(0, end), number)) yield { number: ++number, text, bytesRead }
      if (read === 0) break
    }
    if (number === 0) throw new AppError('bad-input', `${file} is empty; export it again`)
  } finally {
    fs.closeSync(fd)
  }
}

/** The fields of a line that must have `names.length` of them, tab-separated. */
export function tabFields(file: string, line: Line, names: string[]): string[] {
  const fields = line.text.split('\t')
  if (fields.length !== names.length) {
    const found = line.text === '' ? 'an empty line' : `found ${fields.length}`
    throw badLine(file, line.number, `expected ${names.length} tab-separated fields (${names.join(', ')}), ${found}`, 're-export it')
  }
  return fields
}

export function openInput(file: string): number {
  try {
    return fs.openSync(file, 'r')
  } catch (cause) {
    const missing = (cause as NodeJS.ErrnoException).code === 'ENOENT'
    throw new AppError('bad-input', missing ? `${file} does not exist; put it there or choose another folder` : `${file} cannot be read: ${(cause as Error).message}`, { cause })
  }
}

export function decodeLines(file: string, bytes: Buffer, linesBefore: number): string[] {
  if (bytes.length === 0) return []
  if (!isUtf8(bytes)) throw badLine(file, linesBefore + firstBadLine(bytes), 'not valid UTF-8', 'convert the file to UTF-8')
  const text = bytes.toString('utf8')
  const lines = text.split('\n')
  if (lines.at(-1) === '') lines.pop()
  if (linesBefore === 0) lines[0] = lines[0].replace(/^\uFEFF/, '')
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
