// Document embeddings block by block, from memory or from a file that may be larger than memory. Called by exact.ts and pairwise-errors.ts.
import { AppError } from '@/contract/errors'
import { SEARCH_BLOCK_ROWS, searchBlockRows } from '@/contract/shards'
import type { ArrayFile } from '@/server/files/typed-array-file'

/** Documents [rows, dim] in memory, or in a file that may be larger than memory: then a block is searched while the next is read. */
export type DocVectors = Float32Array | ArrayFile<'f32'>

/** Document rows [from, to). */
export interface Rows {
  from: number
  to: number
}

export function blockRowsFor(docs: DocVectors, dim: number): number {
  return docs instanceof Float32Array ? SEARCH_BLOCK_ROWS : searchBlockRows(dim)
}

/**
 * The blocks of a collection of `count` documents, or those of the given rows. Rows are whole blocks, so that the very same products are
 * computed however many parts there are: not one bit differs. Throws AppError broken where they are not.
 */
export function blocksOf(count: number, blockRows: number, rows: Rows = { from: 0, to: count }): Rows[] {
  if (rows.from % blockRows !== 0 || (rows.to % blockRows !== 0 && rows.to !== count) || rows.to > count) throw new AppError('broken', `Documents ${rows.from} to ${rows.to} of ${count} are no whole blocks of ${blockRows}; launch the run again`)
  const blocks: Rows[] = []
  for (let from = rows.from; from < rows.to; from += blockRows) blocks.push({ from, to: Math.min(rows.to, from + blockRows) })
  return blocks
}

/** The vectors of each block in turn; from a file into two buffers, one being read while the other is searched. */
export async function* loadBlocks(docs: DocVectors, blocks: Rows[], dim: number): AsyncGenerator<{ block: Rows; vectors: Float32Array }> {
  if (docs instanceof Float32Array) {
    for (const block of blocks) yield { block, vectors: docs.subarray(block.from * dim, block.to * dim) }
    return
  }
  const largest = Math.max(0, ...blocks.map(({ from, to }) => to - from))
  const buffers = blocks.slice(0, 2).map(() => new Float32Array(largest * dim))
  const read = async (i: number): Promise<Float32Array> => {
    const { from, to } = blocks[i]
    const vectors = buffers[i % 2].subarray(0, (to - from) * dim)
    await docs.readRowsInto(vectors, from)
    return vectors
  }
  let next: Promise<Float32Array> | null = blocks.length > 0 ? read(0) : null
  try {
    for (const [i, block] of blocks.entries()) {
      const vectors = await next!
      next = i + 1 < blocks.length ? read(i + 1) : null
      yield { block, vectors }
    }
  } finally {
    await next?.catch(() => undefined) // a cancelled search must not leave a read behind on a file that is closed
  }
}
