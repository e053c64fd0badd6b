// How many documents come before each relevant one in the whole collection: the paper's pairwise errors. Called by the diagnose step.
import { stopIfCancelled } from '@/server/files/cancel'
import { Graph } from '@/server/graph/graph'
import { openSession, type Compute } from '@/server/graph/session'
import { loadBlocks, blocksOf, blockRowsFor, type DocVectors } from './doc-blocks'

const QUERIES_PER_RUN = 64

export interface ErrorOptions extends Compute {
  dim: number
  /** Relevant document rows of every query. */
  relevant: readonly Int32Array[]
  blockRows?: number
  signal?: AbortSignal
  progress?: (done: number, total: number) => void
}

/**
 * Per query and relevant document the number of documents that are not relevant and come before it (score higher, or equal with a lower
 * row), in the order of `relevant`. Zhan et al. 2021, section 4: the loss of random negatives sums these (total pairwise errors), that
 * of hard negatives at most K of each (top-K pairwise errors). Two passes over the documents: what the relevant ones score, and who beats them.
 */
export async function countErrors(docs: DocVectors, queries: Float32Array, { dim, relevant, blockRows, signal, progress, ...compute }: ErrorOptions): Promise<Int32Array[]> {
  const rows = docs instanceof Float32Array ? docs.length / dim : docs.shape[0]
  const blocks = blocksOf(rows, blockRows ?? blockRowsFor(docs, dim))
  const graph = new Graph()
  graph.output('scores', graph.matMul(graph.input('queries', ['queries', dim]), graph.input('docs', ['docs', dim]), { transB: true }))
  const session = await openSession(graph, compute)
  const positives = relevant.map((each) => new Float32Array(each.length))
  const errors = relevant.map((each) => new Int32Array(each.length))
  const batches = Math.ceil(relevant.length / QUERIES_PER_RUN)
  let done = 0
  const pass = async (visit: (query: number, scores: Float32Array, from: number) => void) => {
    for await (const { block, vectors } of loadBlocks(docs, blocks, dim))
      for (let first = 0; first < relevant.length; first += QUERIES_PER_RUN) {
        stopIfCancelled(signal)
        const count = Math.min(QUERIES_PER_RUN, relevant.length - first)
        const size = block.to - block.from
        const { scores } = await session.run({ queries: { data: queries.subarray(first * dim, (first + count) * dim), shape: [count, dim] }, docs: { data: vectors, shape: [size, dim] } })
        for (let i = 0; i < count; i++) visit(first + i, (scores.data as Float32Array).subarray(i * size, (i + 1) * size), block.from)
        progress?.(++done, 2 * blocks.length * batches)
      }
  }
  try {
    await pass((q, scores, from) => relevant[q].forEach((row, j) => row >= from && row < from + scores.length && (positives[q][j] = scores[row - from])))
    await pass((q, scores, from) => relevant[q].forEach((row, j) => (errors[q][j] += countBefore(scores, from, positives[q][j], row))))
  } finally {
    await session.close()
  }
  // other relevant documents before it are no errors
  return errors.map((each, q) => each.map((count, j) => count - relevant[q].filter((row, i) => i !== j && comesBefore(positives[q][i], row, positives[q][j], relevant[q][j])).length))
}

function countBefore(scores: Float32Array, from: number, score: number, row: number): number {
  let count = 0
  for (let i = 0; i < scores.length; i++) if (scores[i] > score || (scores[i] === score && from + i < row)) count++
  return count
}

const comesBefore = (score: number, row: number, other: number, otherRow: number) => score > other || (score === other && row < otherRow)
