// ADORE's loss over documents that were retrieved for the current query embeddings. Called by trainer.ts.
import type { Graph } from '@/server/graph/graph'
import type { Value } from '@/server/graph/ops'

/**
 * LambdaRank-weighted pairwise loss (Zhan et al. 2021, eq. 9; DRhard adore/train.py and lambdarank.py):
 *   loss_b = sum over pairs (p positive, n not) of |1/rank_p - 1/rank_n| * softplus(s_n - s_p) / number of pairs,
 *   1/rank = 0 beyond metricCut,   mean over the batch.
 * The original writes -log sigmoid, which overflows to nan above a difference of about 88; softplus does not.
 *
 * queries [Q, dim] (dummy row last); collection [docs, dim]; candidates i32 [Q, K]; positives i32 [Q, P];
 * weights [Q, P, K]: everything in front of softplus, zero for what does not count.
 */
export function adoreLoss(g: Graph, i: { queries: Value; collection: Value; candidates: Value; positives: Value; weights: Value; temperature: number }): Value {
  const [Q, dim] = i.queries.shape
  const column = g.reshape(i.queries, [Q, dim, 1])
  const alpha = 1 / i.temperature
  const candidateScores = g.matMul(g.gather(i.collection, i.candidates), column, { alpha }) // [Q, K, 1]
  const positiveScores = g.matMul(g.gather(i.collection, i.positives), column, { alpha }) // [Q, P, 1]
  const difference = g.sub(g.transpose(candidateScores, [0, 2, 1]), positiveScores) // [Q, P, K]
  return g.sum(g.mul(g.softplus(difference), i.weights))
}

/** The lists of one query: documents in the order of their scores, with the positives that were not found appended. */
export interface Retrieved {
  docs: Int32Array
  relevant: readonly boolean[]
}

/** Joins a query's ranking and its positives: all of them are appended where none was retrieved, as the original does. */
export function appendPositives(ranking: Int32Array, positives: readonly number[]): Retrieved {
  const wanted = new Set(positives)
  const found = Array.from(ranking, (doc) => wanted.has(doc))
  if (found.includes(true)) return { docs: ranking, relevant: found }
  return { docs: Int32Array.of(...ranking, ...positives), relevant: [...found, ...positives.map(() => true)] }
}

export interface AdoreFeeds {
  candidates: Int32Array // [Q, K]
  positives: Int32Array // [Q, P]
  weights: Float32Array // [Q, P, K]
  shape: { Q: number; P: number; K: number }
}

/** 1 / rank of the document at an index from 0, and 0 beyond the cut. */
export const inverseRankWithin = (metricCut: number) => (index: number) => (index < metricCut ? 1 / (index + 1) : 0)

/** Index and weight arrays for a batch; the last query row is the dummy's, all zero. */
export function adoreFeeds(batch: readonly Retrieved[], metricCut: number): AdoreFeeds {
  const Q = batch.length + 1
  const K = Math.max(...batch.map((r) => r.docs.length))
  const P = Math.max(...batch.map((r) => r.relevant.filter(Boolean).length))
  const candidates = new Int32Array(Q * K)
  const positives = new Int32Array(Q * P)
  const weights = new Float32Array(Q * P * K)
  const inverseRank = inverseRankWithin(metricCut)
  batch.forEach(({ docs, relevant }, q) => {
    candidates.set(docs, q * K)
    const at = relevant.flatMap((r, index) => (r ? [index] : []))
    const pairs = at.length * (docs.length - at.length)
    at.forEach((index, p) => {
      positives[q * P + p] = docs[index]
      for (let k = 0; k < docs.length; k++)
        if (!relevant[k]) weights[(q * P + p) * K + k] = Math.abs(inverseRank(index) - inverseRank(k)) / pairs / batch.length
    })
  })
  return { candidates, positives, weights, shape: { Q, P, K } }
}
