// Exact maximum inner product search: MatMul + TopK over blocks of documents, merged in one total order (score descending, row ascending).
// Called by the steps that search, which stream the embeddings from their file, and before every ADORE step on the host.
import { stopIfCancelled } from '@/server/files/cancel'
import { Graph } from '@/server/graph/graph'
import { hasOwnMemory, openSession, type Compute, type GraphSession } from '@/server/graph/session'
import { blockRowsFor, blocksOf, loadBlocks, type DocVectors, type Rows } from './doc-blocks'
import { mergeTop, type TopDocs } from './top-docs'

const QUERIES_PER_RUN = 64
/** A block that is streamed through a GPU is carried there for each of these. */
const QUERIES_PER_RUN_ON_GPU = 4096

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
  /** Searches these only, which are whole blocks: documents split over several searches and merged by mergeTop give what one search gives. */
  rows?: Rows
}

/** Opens a search for the `k` best of `docs`. An open file stays the caller's to close. */
export async function openExactSearch(docs: DocVectors, { dim, k, blockRows = blockRowsFor(docs, dim), rows, ...compute }: ExactSearchOptions): Promise<ExactSearch> {
  const count = docs instanceof Float32Array ? docs.length / dim : docs.shape[0]
  const blocks = blocksOf(count, blockRows, rows)
  const depth = Math.min(k, blocks.reduce((sum, { from, to }) => sum + to - from, 0))
  const queriesPerRun = hasOwnMemory(compute.device) ? QUERIES_PER_RUN_ON_GPU : QUERIES_PER_RUN
  // by depth, because a short last block has fewer documents than k
  const depthOf = ({ from, to }: Rows) => Math.min(depth, to - from)
  const sessions = new Map<number, GraphSession>()
  for (const k of new Set(blocks.map(depthOf))) sessions.set(k, await openSession(blockGraph(dim, k), compute))

  async function searchBlock(vectors: Float32Array, block: Rows, queries: Float32Array): Promise<TopDocs> {
    const { from, to } = block
    const k = depthOf(block)
    const out = await sessions.get(k)!.run({ queries: { data: queries, shape: [queries.length / dim, dim] }, docs: { data: vectors, shape: [to - from, dim] } })
    const found = { k, docs: out.indices.data as Int32Array, scores: out.scores.data as Float32Array }
    for (let i = 0; i < found.docs.length; i++) found.docs[i] += from
    return found
  }

  return {
    async search(queries, { signal, progress } = {}) {
      const count = queries.length / dim
      const batches = Array.from({ length: Math.ceil(count / queriesPerRun) }, (_, i) => queries.subarray(i * queriesPerRun * dim, Math.min(count, (i + 1) * queriesPerRun) * dim))
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
        if (!part) return // a part without documents
        result.docs.set(part.docs, i * queriesPerRun * depth)
        result.scores.set(part.scores, i * queriesPerRun * depth)
      })
      return result
    },
    async close() {
      for (const session of sessions.values()) await session.close()
    },
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
