// Exact maximum inner product search: MatMul + TopK over blocks of documents, merged in one total order (score descending, row ascending).
// Called by the retrieve step, which streams the embeddings from their file, and inside every ADORE training step.
import { stopIfCancelled } from '@/server/files/cancel'
import type { ArrayFile } from '@/server/files/typed-array-file'
import { Graph } from '@/server/graph/graph'
import { openSession, type Compute } from '@/server/graph/session'
import { mergeTop, type TopDocs } from './top-docs'

/**
 * Documents per block; the scores of 64 queries are 32 MB. For 117,791 documents of 192 dimensions and k = 210, a query took 1.0 ms
 * of one core in blocks this large, 1.25 in blocks of 32,768, 1.7 of 16,384: TopK and merging cost more than the cache saves.
 */
const BLOCK_ROWS = 131_072
/** A block that comes from a file takes at most this; two are held. */
const BLOCK_BYTES = 256 << 20
const QUERIES_PER_RUN = 64

export interface ExactSearch {
  /** The best k of every query [queries, dim]. `progress` gets shares of the work done, up to `total`. */
  search(queries: Float32Array, options?: { signal?: AbortSignal; progress?: (done: number, total: number) => void }): Promise<TopDocs>
  close(): Promise<void>
}

export interface ExactSearchOptions extends Compute {
  dim: number
  /** Cut to the number of documents. */
  k: number
  blockRows?: number
  /** Searches this shard only: documents split over several searches and merged by mergeTop give what one search gives. */
  shard?: { index: number; count: number }
}

/** Documents [rows, dim] in memory, or in a file that may be larger than memory: then a block is searched while the next is read. */
export type DocVectors = Float32Array | ArrayFile<'f32'>

/** Opens a search for the `k` best of `docs`. An open file stays the caller's to close. */
export async function openExactSearch(docs: DocVectors, { dim, k, blockRows = blockRowsFor(docs, dim), shard, ...compute }: ExactSearchOptions): Promise<ExactSearch> {
  const rows = docs instanceof Float32Array ? docs.length / dim : docs.shape[0]
  const blocks = blocksOf(rows, blockRows, shard)
  const depth = Math.min(k, blocks.reduce((sum, { from, to }) => sum + to - from, 0))
  const sessions = new Map<number, Awaited<ReturnType<typeof openSession>>>() // by depth: a short last block has fewer documents than k
  for (const { from, to } of blocks) {
    const blockDepth = Math.min(depth, to - from)
    if (!sessions.has(blockDepth)) sessions.set(blockDepth, await openSession(blockGraph(dim, blockDepth), compute))
  }

  async function searchBlock(vectors: Float32Array, { from, to }: Block, queries: Float32Array): Promise<TopDocs> {
    const blockDepth = Math.min(depth, to - from)
    const out = await sessions.get(blockDepth)!.run({ queries: { data: queries, shape: [queries.length / dim, dim] }, docs: { data: vectors, shape: [to - from, dim] } })
    const found = { k: blockDepth, docs: out.indices.data as Int32Array, scores: out.scores.data as Float32Array }
    for (let i = 0; i < found.docs.length; i++) found.docs[i] += from
    return found
  }

  return {
    async search(queries, { signal, progress } = {}) {
      const count = queries.length / dim
      const batches = Array.from({ length: Math.ceil(count / QUERIES_PER_RUN) }, (_, i) => queries.subarray(i * QUERIES_PER_RUN * dim, Math.min(count, (i + 1) * QUERIES_PER_RUN) * dim))
      const best: (TopDocs | undefined)[] = batches.map(() => undefined)
      let done = 0
      for await (const { block, vectors } of loadBlocks(docs, blocks, dim))
        for (const [i, batch] of batches.entries()) {
          stopIfCancelled(signal)
          const found = await searchBlock(vectors, block, batch)
          best[i] = best[i] ? mergeTop([best[i], found], batch.length / dim, depth) : found
          progress?.(++done, blocks.length * batches.length)
        }
      const result = { k: depth, docs: new Int32Array(count * depth), scores: new Float32Array(count * depth) }
      best.forEach((part, i) => {
        if (!part) return // a shard without documents
        result.docs.set(part.docs, i * QUERIES_PER_RUN * depth)
        result.scores.set(part.scores, i * QUERIES_PER_RUN * depth)
      })
      return result
    },
    async close() {
      for (const session of sessions.values()) await session.close()
    },
  }
}

interface Block {
  from: number
  to: number
}

function blockRowsFor(docs: DocVectors, dim: number): number {
  return docs instanceof Float32Array ? BLOCK_ROWS : Math.max(1, Math.min(BLOCK_ROWS, Math.floor(BLOCK_BYTES / (4 * dim))))
}

/** A shard is whole blocks, so that the very same products are computed however many shards there are: not one bit differs. */
function blocksOf(rows: number, blockRows: number, shard: ExactSearchOptions['shard']): Block[] {
  const blocks: Block[] = []
  for (let from = 0; from < rows; from += blockRows) blocks.push({ from, to: Math.min(rows, from + blockRows) })
  if (!shard) return blocks
  const at = (index: number) => Math.round((index * blocks.length) / shard.count)
  return blocks.slice(at(shard.index), at(shard.index + 1))
}

/** The vectors of each block in turn; from a file into two buffers, one being read while the other is searched. */
async function* loadBlocks(docs: DocVectors, blocks: Block[], dim: number): AsyncGenerator<{ block: Block; vectors: Float32Array }> {
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

function blockGraph(dim: number, k: number): Graph {
  const g = new Graph()
  const scores = g.matMul(g.input('queries', ['queries', dim]), g.input('docs', ['docs', dim]), { transB: true }) // [queries, docs]
  const top = g.topK(scores, k) // equal scores: the lower row first (ONNX TopK)
  g.output('scores', top.values)
  g.output('indices', top.indices)
  return g
}
