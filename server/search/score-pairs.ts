// Inner products of chosen pairs of a query and a document: what a teacher says of positives and negatives. Called by the teacher-scores step.
import { stopIfCancelled } from '@/server/files/cancel'
import { blockRowsFor, blocksOf, loadBlocks, type DocVectors } from './doc-blocks'

export interface ScorePairsOptions {
  dim: number
  signal?: AbortSignal
  progress?: (done: number, total: number) => void
}

/**
 * The scores of query q's documents pairs[q] (rows, ascending), in their order. One pass over `docs` [docs, dim], so that what lies in a
 * file is read once and in order. `queries`: [pairs.length, dim].
 */
export async function scorePairs(docs: DocVectors, queries: Float32Array, pairs: readonly Int32Array[], { dim, signal, progress }: ScorePairsOptions): Promise<Float32Array[]> {
  const rows = docs instanceof Float32Array ? docs.length / dim : docs.shape[0]
  const blocks = blocksOf(rows, blockRowsFor(docs, dim))
  const scores = pairs.map(({ length }) => new Float32Array(length))
  const next = new Int32Array(pairs.length) // the first of each query's documents that has no score yet
  let done = 0
  for await (const { block, vectors } of loadBlocks(docs, blocks, dim)) {
    stopIfCancelled(signal)
    for (const [q, docRows] of pairs.entries()) {
      let at = next[q]
      for (; at < docRows.length && docRows[at] < block.to; at++) scores[q][at] = innerProduct(queries, q * dim, vectors, (docRows[at] - block.from) * dim, dim)
      next[q] = at
    }
    progress?.(++done, blocks.length)
  }
  return scores
}

function innerProduct(a: Float32Array, fromA: number, b: Float32Array, fromB: number, dim: number): number {
  let sum = 0
  for (let i = 0; i < dim; i++) sum += a[fromA + i] * b[fromB + i]
  return sum
}
