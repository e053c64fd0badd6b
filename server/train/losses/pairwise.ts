// The loss of in-batch, random-negative, BM25-negative and STAR training: one formula, four masks. Called by trainer.ts.
import type { DistillationSettings } from '@/contract/distillation'
import type { Graph } from '@/server/graph/graph'
import type { Value } from '@/server/graph/ops'
import { distillationLoss } from './distillation'

export interface PairwiseOptions {
  /** Scores are divided by this. */
  temperature: number
  /** Negatives that score above this share of their query's positive are left out; 0: none is. */
  falseNegativeShare: number
  /** How a teacher's scores are learned; null: there is no teacher. */
  distillation: DistillationSettings | null
}

/**
 * Mean pairwise softmax loss over the pairs that the mask selects:
 *   sum_ij mask_ij * -log softmax([s(q_i, d_i), s(q_i, d_j)])_0 / sum_ij mask_ij,   s = q . d / temperature,
 * where -log softmax([a, b])_0 = softplus(b - a). DRhard, star model `RobertaDot_InBatch` (Zhan et al. 2021, eq. 5 and section 5.2):
 * STAR is the sum over in-batch and hard pairs divided by their number, which is this with both selected.
 *
 * Beyond the original: likely false negatives leave the mask (positive-aware filtering, Moreira et al. 2024, "NV-Retriever", the
 * percentage rule: s_neg < share * s_pos), and a teacher's scores of the taught pairs are learned (distillation.ts):
 *   labelWeight * the above + weight * distillation.
 *
 * Mask, own (one-hot: which document is a query's positive), teacher, taught: [queries, docs]. Rows and columns of dummies are zero in all.
 */
export function pairwiseLoss(g: Graph, i: { queries: Value; docs: Value; own: Value; mask: Value; teaching: { teacher: Value; taught: Value } | null }, o: PairwiseOptions): { loss: Value; scores: Value; counted: Value; distillation: Value | null } {
  const scores = g.matMul(i.queries, i.docs, { transB: true, alpha: 1 / o.temperature }) // [queries, docs]
  const positive = g.sum(g.mul(scores, i.own), [1], true) // [queries, 1]
  const counted = o.falseNegativeShare ? g.mul(i.mask, g.less(scores, g.mul(positive, g.scalar(o.falseNegativeShare)))) : i.mask
  const pairs = g.sum(counted)
  // where filtering leaves no pair, the loss is 0 instead of 0/0
  const loss = g.div(g.sum(g.mul(g.softplus(g.sub(scores, positive)), counted)), o.falseNegativeShare ? g.add(pairs, g.scalar(1e-6)) : pairs)
  if (!i.teaching || !o.distillation) return { loss, scores, counted, distillation: null }
  const { weight, labelWeight } = o.distillation
  const distillation = distillationLoss(g, { scores, own: i.own, ...i.teaching }, o.distillation)
  const weighted = g.mul(distillation, g.scalar(weight))
  return { loss: labelWeight ? g.add(g.mul(loss, g.scalar(labelWeight)), weighted) : weighted, scores, counted, distillation }
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
