// Token ids of texts, row by row without padding: how tokenised queries and documents are stored and read for training and encoding.
import { AppError } from '@/contract/errors'
import { appendArrays, createArrayWriter, readArrays, type Dtype } from '@/server/files/typed-array-file'

/** 512 positions less <s> and </s>, which the model's input adds. */
export const MAX_CONTENT_TOKENS = 510
const BLOCK_IDS = 1 << 18

export interface TokenFile {
  count: number
  /** Row r is ids[offsets[r]] to ids[offsets[r + 1]]. */
  offsets: Uint32Array
  ids: Uint16Array | Int32Array
  /** Content ids of a row, without special tokens; a view. */
  row(row: number): Uint16Array | Int32Array
}

/** Writes rows as they come; longer ones are cut to MAX_CONTENT_TOKENS. Returns the number of ids. */
export function writeTokens(path: string, rows: Iterable<ArrayLike<number>>, { vocabSize }: { vocabSize: number }): number {
  const dtype: Dtype = vocabSize <= 65536 ? 'u16' : 'i32'
  const writer = createArrayWriter(path, dtype, [])
  const block = dtype === 'u16' ? new Uint16Array(BLOCK_IDS) : new Int32Array(BLOCK_IDS)
  const offsets: number[] = [0]
  let filled = 0
  for (const row of rows) {
    const length = Math.min(row.length, MAX_CONTENT_TOKENS)
    if (filled + length > BLOCK_IDS) {
      writer.append(block.subarray(0, filled))
      filled = 0
    }
    for (let i = 0; i < length; i++) block[filled++] = row[i]
    offsets.push(offsets[offsets.length - 1] + length)
  }
  writer.append(block.subarray(0, filled))
  writer.close()
  const total = offsets[offsets.length - 1]
  if (total >= 2 ** 32) throw new AppError('bad-input', `${path}: ${total} tokens are more than the 4.29 thousand million a token file holds; split the data set`)
  appendArrays(path, [{ data: Uint32Array.from(offsets), shape: [offsets.length] }])
  return total
}

/** Loads the whole file. */
export function readTokens(path: string): TokenFile {
  const [ids, offsets] = readArrays(path, [['u16', 'i32'], 'u32'])
  if (offsets[offsets.length - 1] !== ids.length) throw new AppError('broken', `${path}: its arrays do not fit together; tokenise again`)
  return { count: offsets.length - 1, offsets, ids, row: (row) => ids.subarray(offsets[row], offsets[row + 1]) }
}
