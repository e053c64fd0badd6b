// Which queries, positives and negatives a training step sees. Every draw is a function of (seed, step, place),
// so a resumed run sees the very batches of the undisturbed one.
import type { Qrels } from '@/server/dataset/qrels'
import { mixSeed, permutation, uniform } from '@/server/random/random'
import type { Negatives } from '@/server/ranking/negatives'

/** Purposes of random draws: each has its own stream. */
const SHUFFLE = 1
const POSITIVE = 2
const NEGATIVE = 3

export interface SampledQuery {
  /** Place among the training queries. */
  index: number
  /** Row of the query in the data set. */
  row: number
  relevant: readonly number[]
  positive: number
}

export interface Sampler {
  /** The queries of a step: a new permutation every epoch, batches run on over its end. */
  queries(step: number): SampledQuery[]
  /** For each query `perQuery` documents drawn from its static negatives; none where it has none. */
  mined(step: number, queries: readonly SampledQuery[], negatives: Negatives, perQuery: number): number[][]
  /** For each query `perQuery` documents drawn from the whole collection. */
  random(step: number, queries: readonly SampledQuery[], docCount: number, perQuery: number): number[][]
}

export function createSampler({ queryRows, qrels, batchSize, seed }: { queryRows: Int32Array; qrels: Qrels; batchSize: number; seed: number }): Sampler {
  const relevant = Array.from(queryRows, (row) => qrels.relevant(row).map((j) => j.docRow))
  let shuffled: { epoch: number; order: Int32Array } | null = null
  const orderOf = (epoch: number) => {
    if (shuffled?.epoch !== epoch) shuffled = { epoch, order: permutation(queryRows.length, mixSeed(seed, SHUFFLE, epoch)) }
    return shuffled.order
  }
  return {
    queries(step) {
      const draw = uniform(mixSeed(seed, POSITIVE, step))
      return Array.from({ length: batchSize }, (_, i) => {
        const place = step * batchSize + i
        const index = orderOf(Math.floor(place / queryRows.length))[place % queryRows.length]
        const positives = relevant[index]
        return { index, row: queryRows[index], relevant: positives, positive: positives[Math.floor(draw() * positives.length)] }
      })
    },
    mined(step, queries, { offsets, docRows }, perQuery) {
      const draw = uniform(mixSeed(seed, NEGATIVE, step))
      return queries.map(({ index }) => {
        const from = offsets[index]
        const count = offsets[index + 1] - from
        return count ? Array.from({ length: perQuery }, () => docRows[from + Math.floor(draw() * count)]) : []
      })
    },
    random(step, queries, docCount, perQuery) {
      const draw = uniform(mixSeed(seed, NEGATIVE, step))
      return queries.map(() => Array.from({ length: perQuery }, () => Math.floor(draw() * docCount)))
    },
  }
}
