// Exact maximum inner product search: MatMul + TopK over blocks of documents, merged in one total order
// (score descending, row ascending). Called by the retrieve step and inside every ADORE training step.
import { stopIfCancelled } from '@/server/files/cancel'
import { Graph } from '@/server/graph/graph'
import { openSession, type Compute } from '@/server/graph/session'

/**
 * Documents per block; the scores of 64 queries are 32 MB. For 117,791 documents of 192 dimensions and k = 210, a query took 1.0 ms
 * of one core in blocks this large, 1.25 in blocks of 32,768, 1.7 of 16,384: TopK and merging cost more than the cache saves.
 */
const BLOCK_ROWS = 131_072
const QUERIES_PER_RUN = 64

/** Top documents of a batch of queries; k is cut to the number of documents. */
export interface TopDocs {
  k: number
  docs: Int32Array // [queries, k]
  scores: Float32Array // [queries, k]
}

export interface ExactSearch {
  search(queries: Float32Array, options?: { signal?: AbortSignal; progress?: (done: number) => void }): Promise<TopDocs>
  close(): Promise<void>
}

/** Opens a search for the `k` best of `docs` [rows, dim]. */
export async function openExactSearch(docs: Float32Array, { dim, k, blockRows: wanted = BLOCK_ROWS, ...compute }: { dim: number; k: number; blockRows?: number } & Compute): Promise<ExactSearch> {
  const rows = docs.length / dim
  const depth = Math.min(k, rows)
  const blockRows = Math.max(wanted, 1)
  const blocks: { from: number; to: number }[] = []
  for (let from = 0; from < rows; from += blockRows) blocks.push({ from, to: Math.min(rows, from + blockRows) })
  const sessions = new Map<number, Awaited<ReturnType<typeof openSession>>>() // by depth: a short last block has fewer documents than k
  for (const { from, to } of blocks) {
    const blockDepth = Math.min(depth, to - from)
    if (!sessions.has(blockDepth)) sessions.set(blockDepth, await openSession(blockGraph(dim, blockDepth), compute))
  }

  async function searchBatch(queries: Float32Array, count: number): Promise<{ docs: Int32Array; scores: Float32Array }> {
    let best: { docs: Int32Array; scores: Float32Array } | null = null
    for (const { from, to } of blocks) {
      const blockDepth = Math.min(depth, to - from)
      const out = await sessions.get(blockDepth)!.run({ queries: { data: queries, shape: [count, dim] }, docs: { data: docs.subarray(from * dim, to * dim), shape: [to - from, dim] } })
      const found = { docs: out.indices.data as Int32Array, scores: out.scores.data as Float32Array }
      for (let i = 0; i < found.docs.length; i++) found.docs[i] += from
      best = best ? merge(best, best.docs.length / count, found, blockDepth, count, depth) : found
    }
    return best!
  }

  return {
    async search(queries, { signal, progress } = {}) {
      const count = queries.length / dim
      const result = { k: depth, docs: new Int32Array(count * depth), scores: new Float32Array(count * depth) }
      for (let from = 0; from < count; from += QUERIES_PER_RUN) {
        stopIfCancelled(signal)
        const to = Math.min(count, from + QUERIES_PER_RUN)
        const batch = await searchBatch(queries.subarray(from * dim, to * dim), to - from)
        result.docs.set(batch.docs, from * depth)
        result.scores.set(batch.scores, from * depth)
        progress?.(to)
      }
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

type Lists = { docs: Int32Array; scores: Float32Array }

/** Merges two sorted lists per query; `a` has the lower rows, so it wins ties. */
function merge(a: Lists, depthA: number, b: Lists, depthB: number, count: number, depth: number): Lists {
  const kept = Math.min(depth, depthA + depthB)
  const out = { docs: new Int32Array(count * kept), scores: new Float32Array(count * kept) }
  for (let q = 0; q < count; q++) {
    let i = q * depthA
    let j = q * depthB
    const endA = i + depthA
    const endB = j + depthB
    for (let o = q * kept; o < (q + 1) * kept; o++) {
      const fromA = j >= endB || (i < endA && a.scores[i] >= b.scores[j])
      out.docs[o] = fromA ? a.docs[i] : b.docs[j]
      out.scores[o] = fromA ? a.scores[i++] : b.scores[j++]
    }
  }
  return out
}
