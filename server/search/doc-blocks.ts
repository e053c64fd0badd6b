// Document embeddings block by block, from memory or from a file that may be larger than memory. Called by exact.ts and pairwise-errors.ts.
import type { ArrayFile } from '@/server/files/typed-array-file'

/**
 * Documents per block; the scores of 64 queries are 32 MB. For 117,791 documents of 192 dimensions and k = 210, a query took 1.0 ms
 * of one core in blocks this large, 1.25 in blocks of 32,768, 1.7 of 16,384: TopK and merging cost more than the cache saves.
 */
const BLOCK_ROWS = 131_072
/** A block that comes from a file takes at most this; two are held. */
const BLOCK_BYTES = 256 << 20
/** Documents [rows, dim] in memory, or in a file that may be larger than memory: then a block is searched while the next is read. */
export type DocVectors = Float32Array | ArrayFile<'f32'>

/** One of `count` parts of the collection. */
export interface Shard {
  index: number
  count: number
}

export interface Block {
  from: number
  to: number
}

export function blockRowsFor(docs: DocVectors, dim: number): number {
  return docs instanceof Float32Array ? BLOCK_ROWS : Math.max(1, Math.min(BLOCK_ROWS, Math.floor(BLOCK_BYTES / (4 * dim))))
}

/** A shard is whole blocks, so that the very same products are computed however many shards there are: not one bit differs. */
export function blocksOf(rows: number, blockRows: number, shard?: Shard): Block[] {
  const blocks: Block[] = []
  for (let from = 0; from < rows; from += blockRows) blocks.push({ from, to: Math.min(rows, from + blockRows) })
  if (!shard) return blocks
  const at = (index: number) => Math.round((index * blocks.length) / shard.count)
  return blocks.slice(at(shard.index), at(shard.index + 1))
}

/** The vectors of each block in turn; from a file into two buffers, one being read while the other is searched. */
export async function* loadBlocks(docs: DocVectors, blocks: Block[], dim: number): AsyncGenerator<{ block: Block; vectors: Float32Array }> {
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
