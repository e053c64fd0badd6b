// The loss of in-batch, random-negative, BM25-negative and STAR training: one formula, four masks. Called by trainer.ts.
import type { Graph } from '@/server/graph/graph'
import type { Value } from '@/server/graph/ops'

/**
 * Mean pairwise softmax loss over the pairs that the mask selects:
 *   sum_ij mask_ij * -log softmax([s(q_i, d_i), s(q_i, d_j)])_0 / sum_ij mask_ij,   s = q . d / temperature,
 * where -log softmax([a, b])_0 = softplus(b - a). DRhard, star model `RobertaDot_InBatch` (Zhan et al. 2021, eq. 5 and section 5.2):
 * STAR is the sum over in-batch and hard pairs divided by their number, which is this with both selected.
 *
 * Mask, own (one-hot: which document is a query's positive): [queries, docs]. Rows and columns of dummies are zero in both.
 */
export function pairwiseLoss(g: Graph, { queries, docs, own, mask, temperature }: { queries: Value; docs: Value; own: Value; mask: Value; temperature: number }): Value {
  const scores = g.matMul(queries, docs, { transB: true, alpha: 1 / temperature }) // [queries, docs]
  const positive = g.sum(g.mul(scores, own), [1], true) // [queries, 1]
  const losses = g.mul(g.softplus(g.sub(scores, positive)), mask)
  return g.div(g.sum(losses), g.sum(mask))
}

export interface PairMasks {
  own: Float32Array
  mask: Float32Array
  shape: [number, number]
}

/**
 * Masks of a batch: document i is the positive of query i, the others follow. A pair counts where its document is no positive of its query.
 * `inBatch` also selects the other queries' positives. Without it only the documents after the positives are negatives
 * (random and BM25 negatives), each for every query of the batch, as the original's hard-negative matrix.
 */
export function pairMasks(positives: readonly number[], others: readonly number[], isRelevant: (queryIndex: number, docRow: number) => boolean, { inBatch }: { inBatch: boolean }): PairMasks {
  const rows = positives.length + 1 // and the dummy
  const columns = positives.length + others.length + 1
  const own = new Float32Array(rows * columns)
  const mask = new Float32Array(rows * columns)
  for (let i = 0; i < positives.length; i++) {
    own[i * columns + i] = 1
    if (inBatch) for (let j = 0; j < positives.length; j++) if (j !== i && !isRelevant(i, positives[j])) mask[i * columns + j] = 1
    for (let j = 0; j < others.length; j++) if (!isRelevant(i, others[j])) mask[i * columns + positives.length + j] = 1
  }
  return { own, mask, shape: [rows, columns] }
}
