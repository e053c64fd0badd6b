// ADORE's loss with its search inside of the graph, for devices that make many steps in one call. The same loss as adore.ts, whose lists are made by
// the caller. Called by objective.ts.
import type { Graph } from '@/server/graph/graph'
import type { Value } from '@/server/graph/ops'

/**
 * The first `topK` documents of the collection are each query's list, with its relevant documents appended where none of them is in it; every
 * relevant document of a list is set against every other (formula: adore.ts).
 * queries [Q, dim] (dummy row last) and searchedBy [Q, dim], the same texts without dropout; collection [docs, dim]; relevant i32 [Q, P],
 * rows of the collection where isRelevant [Q, P] is 1; inverseRanks [topK + P], 0 beyond the metric cut; share [1], of one query in the mean.
 * Answers with the loss and which places of each list are relevant, [Q, topK + P].
 */
export function searchedAdoreLoss(
  g: Graph,
  i: { queries: Value; searchedBy: Value; collection: Value; topK: number; relevant: Value; isRelevant: Value; inverseRanks: Value; share: Value; temperature: number },
): { loss: Value; isPositive: Value } {
  const [Q, dim] = i.queries.shape
  const P = i.relevant.shape[1]
  const [width] = i.inverseRanks.shape // of a list
  const k = i.topK
  const { indices } = g.topK(g.matMul(i.searchedBy, i.collection, { transB: true }), k) // [Q, k]

  const not = (x: Value) => g.sub(g.scalar(1), x)
  const [found, wanted] = [g.reshape(indices, [Q, k, 1]), g.reshape(i.relevant, [Q, 1, P])]
  const isSame = g.mul(not(g.less(found, wanted)), not(g.less(wanted, found))) // [Q, k, P]
  const isFound = g.sum(g.mul(isSame, g.reshape(i.isRelevant, [Q, 1, P])), [2]) // [Q, k]
  const isAppended = g.mul(i.isRelevant, g.less(g.sum(isFound, [1], true), g.scalar(0.5))) // [Q, P]

  const beside = (a: Value, b: Value) => g.transpose(g.concat([g.transpose(a, [1, 0]), g.transpose(b, [1, 0])]), [1, 0]) // [Q, k], [Q, P] -> [Q, width]
  const isPositive = beside(isFound, isAppended)
  const isNegative = g.sub(beside(g.expandLike(g.scalar(1), isFound), isAppended), isPositive)
  const count = (x: Value) => g.sum(x, [1], true)
  const pairs = g.mul(count(isPositive), count(isNegative)) // [Q, 1]
  const pairShare = g.div(i.share, g.add(pairs, g.less(pairs, g.scalar(0.5)))) // the dummy has no pairs

  const column = g.reshape(i.queries, [Q, dim, 1])
  const scoresOf = (docs: Value) => g.reshape(g.matMul(g.gather(i.collection, docs), column, { alpha: 1 / i.temperature }), docs.shape)
  const scores = beside(scoresOf(indices), scoresOf(i.relevant)) // [Q, width]
  const [down, across] = [[Q, width, 1], [Q, 1, width]]
  const difference = g.sub(g.reshape(scores, across), g.reshape(scores, down)) // of a list's second document and its first
  const rankDifference = g.sub(g.reshape(i.inverseRanks, [1, width]), g.reshape(i.inverseRanks, [width, 1]))
  const distance = g.mul(rankDifference, g.sub(g.scalar(1), g.mul(g.less(rankDifference, g.scalar(0)), g.scalar(2)))) // |.|
  const weights = g.mul(g.mul(g.mul(g.reshape(isPositive, down), g.reshape(isNegative, across)), distance), g.reshape(pairShare, [Q, 1, 1]))
  return { loss: g.sum(g.mul(g.softplus(difference), weights)), isPositive }
}
