// Rows of text on disk: the UTF-8 bytes one after another, and where each row starts in <path>.offsets.
// Holds passages, queries and official ids; a row is read without loading the file.
import fs from 'node:fs'
import { AppError } from '@/contract/errors'
import { createArrayWriter, openArray, type ArrayFile, type ArrayWriter } from '@/server/files/typed-array-file'

const BLOCK_ROWS = 4096
const BUFFER_BYTES = 1 << 20
const READ_AHEAD_BYTES = 1 << 20

const offsetsPath = (path: string) => `${path}.offsets`

export function createTextWriter(path: string): TextWriter {
  return new TextWriter(path)
}

export function openTextFile(path: string): TextFile {
  return new TextFile(path)
}

export class TextWriter {
  count = 0
  private bytes = 0
  private readonly fd: number
  private readonly offsets: ArrayWriter
  private readonly text = Buffer.alloc(BUFFER_BYTES)
  private textLength = 0
  private readonly starts = new BigInt64Array(BLOCK_ROWS)
  private startsLength = 0

  constructor(path: string) {
    this.fd = fs.openSync(path, 'w')
    this.offsets = createArrayWriter(offsetsPath(path), 'i64', [])
    this.addStart()
  }

  append(text: string): void {
    const length = Buffer.byteLength(text)
    if (this.textLength + length > BUFFER_BYTES) this.flushText()
    if (length > BUFFER_BYTES) fs.writeFileSync(this.fd, text)
    else this.textLength += this.text.write(text, this.textLength)
    this.endRow(length)
  }

  /** A row of UTF-8. */
  appendBytes(bytes: Uint8Array): void {
    this.put(bytes)
    this.endRow(bytes.length)
  }

  /** Many rows at once: row i of them is bytes [ends[i - 1], ends[i]). */
  appendRows(bytes: Uint8Array, ends: Uint32Array): void {
    this.put(bytes)
    for (let i = 0; i < ends.length; i++) this.endRow(ends[i] - (i === 0 ? 0 : ends[i - 1]))
  }

  close(): void {
    this.flushText()
    this.flushStarts()
    fs.closeSync(this.fd)
    this.offsets.close()
  }

  private put(bytes: Uint8Array): void {
    if (this.textLength + bytes.length > BUFFER_BYTES) this.flushText()
    if (bytes.length > BUFFER_BYTES) return fs.writeFileSync(this.fd, bytes)
    this.text.set(bytes, this.textLength)
    this.textLength += bytes.length
  }

  private endRow(length: number): void {
    this.bytes += length
    this.count++
    this.addStart()
  }

  private addStart(): void {
    if (this.startsLength === BLOCK_ROWS) this.flushStarts()
    this.starts[this.startsLength++] = BigInt(this.bytes)
  }

  private flushText(): void {
    fs.writeFileSync(this.fd, this.text.subarray(0, this.textLength))
    this.textLength = 0
  }

  private flushStarts(): void {
    this.offsets.append(this.starts.subarray(0, this.startsLength))
    this.startsLength = 0
  }
}

export class TextFile {
  readonly count: number
  private readonly fd: number
  private readonly offsets: ArrayFile<'i64'>

  constructor(private readonly path: string) {
    this.offsets = openArray(offsetsPath(path), 'i64')
    this.count = this.offsets.shape[0] - 1
    try {
      this.fd = fs.openSync(path, 'r')
      const expected = Number(this.offsets.readRows(this.count, this.count + 1)[0])
      const found = fs.fstatSync(this.fd).size
      if (found !== expected) throw new AppError('broken', `${path}: expected ${expected} bytes, found ${found}; import the data set again`)
    } catch (error) {
      this.offsets.close()
      throw error
    }
  }

  get(row: number): string {
    if (!(row >= 0 && row < this.count)) throw new AppError('not-found', `${this.path} has rows 0 to ${this.count - 1}, not ${row}`)
    return this.readRows(row, row + 1)[0].toString('utf8')
  }

  /** Reads where the rows start into the page cache: opening a row of a cold file then waits for the disk once, not twice. */
  async readAhead(): Promise<void> {
    const stream = fs.createReadStream(offsetsPath(this.path), { highWaterMark: READ_AHEAD_BYTES })
    // as it comes, so that the thread pool is free in between
    for await (const _ of stream);
  }

  /** All rows in order; reads a block at a time. */
  all(): Generator<string, void, undefined> {
    return this.range(0, this.count)
  }

  /** Rows [from, to) in order. */
  *range(from: number, to: number): Generator<string, void, undefined> {
    for (const bytes of this.bytesOf(from, to)) yield bytes.toString('utf8')
  }

  /** All rows as UTF-8; valid until the next one is asked for. */
  allBytes(): Generator<Buffer, void, undefined> {
    return this.bytesOf(0, this.count)
  }

  close(): void {
    fs.closeSync(this.fd)
    this.offsets.close()
  }

  private *bytesOf(from: number, to: number): Generator<Buffer, void, undefined> {
    for (let start = from; start < to; start += BLOCK_ROWS) yield* this.readRows(start, Math.min(to, start + BLOCK_ROWS))
  }

  private readRows(from: number, to: number): Buffer[] {
    const starts = this.offsets.readRows(from, to + 1)
    const base = Number(starts[0])
    const bytes = Buffer.allocUnsafe(Number(starts[to - from]) - base)
    let done = 0
    while (done < bytes.length) {
      const read = fs.readSync(this.fd, bytes, done, bytes.length - done, base + done)
      if (read === 0) throw new AppError('broken', `${this.path}: ends within row ${from}; import the data set again`)
      done += read
    }
    return Array.from({ length: to - from }, (_, i) => bytes.subarray(Number(starts[i]) - base, Number(starts[i + 1]) - base))
  }
}
