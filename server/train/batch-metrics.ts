// What a training step says of its batch besides the loss: how well the encoder ranks it, and how much of it counts. Called by the steppers.
import type { Tokens } from './objective'

export interface BatchMetrics {
  /** Share of the queries whose positive scores above every negative that counts. */
  accuracy: number
  /** Mean reciprocal rank of the positive, 0 beyond rank 10. */
  mrr10: number
  /** Share of the queries with the positive within the first 10: what ADORE's code calls recall. */
  success10: number
}

/** Ranks from 1 to metrics; Infinity: not found. */
function fromRanks(ranks: readonly number[]): BatchMetrics {
  const mean = (value: (rank: number) => number) => ranks.reduce((sum, rank) => sum + value(rank), 0) / Math.max(1, ranks.length)
  return { accuracy: mean((r) => +(r === 1)), mrr10: mean((r) => (r <= 10 ? 1 / r : 0)), success10: mean((r) => +(r <= 10)) }
}

/** Metrics of pairs: scores and counted [queries + 1, docs + 1], document i the positive of query i. Of equal scores the negative ranks first. */
export function pairMetrics(scores: Float32Array, counted: Float32Array, queries: number): BatchMetrics {
  const columns = scores.length / (queries + 1)
  return fromRanks(
    Array.from({ length: queries }, (_, q) => {
      const own = scores[q * columns + q]
      let rank = 1
      for (let at = q * columns; at < (q + 1) * columns; at++) if (counted[at] && scores[at] >= own) rank++
      return rank
    }),
  )
}

/** Metrics of rankings: for each query, which of its documents, best first, are relevant. */
export function rankingMetrics(lists: readonly (readonly boolean[])[]): BatchMetrics {
  return fromRanks(lists.map((relevant) => (relevant.includes(true) ? relevant.indexOf(true) + 1 : Infinity)))
}

/** Share of the pairs of a batch (its positives' own left out) that do not count: relevant documents, filtered ones. */
export function maskedShare(counted: Float32Array, queries: number): number {
  const columns = counted.length / (queries + 1)
  const pairs = queries * (columns - 2)
  return pairs ? 1 - counted.reduce((sum, x) => sum + x, 0) / pairs : 0
}

/** Tokens of texts, and the share of a padded batch that would be padding. */
export function tokenCounts(texts: readonly Tokens[]): { tokens: number; paddingShare: number } {
  let tokens = 0
  let longest = 0
  for (const text of texts) {
    tokens += text.length
    longest = Math.max(longest, text.length)
  }
  return { tokens, paddingShare: texts.length ? 1 - tokens / (longest * texts.length) : 0 }
}
