// Token ids of texts, row by row without padding: how tokenised queries and documents are stored and read for training and encoding.
import { AppError } from '@/contract/errors'
import { appendArrays, createArrayWriter, readArrays, type ArrayWriter } from '@/server/files/typed-array-file'

/** 512 positions less begin and end, which the model's input adds. */
export const MAX_CONTENT_TOKENS = 510

export interface TokenFile {
  count: number
  /** Row r is ids[offsets[r]] to ids[offsets[r + 1]]. */
  offsets: Uint32Array
  ids: Uint16Array | Int32Array
  /** Content ids of a row, without special tokens; a view. */
  row(row: number): Uint16Array | Int32Array
}

/** Rows one after another, none longer than MAX_CONTENT_TOKENS. */
export interface TokenRows {
  ids: Uint16Array<ArrayBuffer> | Int32Array<ArrayBuffer>
  lengths: Uint16Array<ArrayBuffer>
}

/** Ids of a vocabulary of this size are stored in so many bits; TokenRows must agree. */
export function tokenArray(vocabSize: number, length: number): TokenRows['ids'] {
  return vocabSize <= 65536 ? new Uint16Array(length) : new Int32Array(length)
}

export class TokenWriter {
  total = 0
  private rows = 0
  private readonly writer: ArrayWriter
  private readonly offsets: Uint32Array

  constructor(
    private readonly path: string,
    { rows, vocabSize }: { rows: number; vocabSize: number },
  ) {
    this.writer = createArrayWriter(path, vocabSize <= 65536 ? 'u16' : 'i32', [])
    this.offsets = new Uint32Array(rows + 1)
  }

  append({ ids, lengths }: TokenRows): void {
    this.writer.append(ids)
    for (const length of lengths) {
      this.total += length
      this.offsets[++this.rows] = this.total
    }
    if (this.total >= 2 ** 32) throw new AppError('bad-input', `${this.path}: more tokens than the 4.29 thousand million a token file holds; split the data set`)
  }

  close(): void {
    if (this.rows + 1 !== this.offsets.length) throw new AppError('broken', `${this.path}: ${this.rows} rows were written, ${this.offsets.length - 1} announced`)
    this.writer.close()
    appendArrays(this.path, [{ data: this.offsets, shape: [this.offsets.length] }])
  }
}

/** Writes rows that are in memory; longer ones are cut to MAX_CONTENT_TOKENS. */
export function writeTokens(path: string, rows: readonly (readonly number[])[], { vocabSize }: { vocabSize: number }): void {
  const writer = new TokenWriter(path, { rows: rows.length, vocabSize })
  const kept = rows.map((row) => row.slice(0, MAX_CONTENT_TOKENS))
  const ids = tokenArray(vocabSize, kept.reduce((sum, row) => sum + row.length, 0))
  let filled = 0
  for (const row of kept) {
    ids.set(row, filled)
    filled += row.length
  }
  writer.append({ ids, lengths: Uint16Array.from(kept, (row) => row.length) })
  writer.close()
}

/** Loads the whole file. */
export function readTokens(path: string): TokenFile {
  const [ids, offsets] = readArrays(path, [['u16', 'i32'], 'u32'])
  if (offsets[offsets.length - 1] !== ids.length) throw new AppError('broken', `${path}: its arrays do not fit together; tokenise again`)
  return { count: offsets.length - 1, offsets, ids, row: (row) => ids.subarray(offsets[row], offsets[row + 1]) }
}
