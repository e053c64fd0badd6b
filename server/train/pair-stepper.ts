// Steps of the methods that learn from pairs: in-batch, random, BM25 and static hard negatives (STAR), with or without a teacher. Called by train.ts.
import { withSpecials } from '@/server/model/pack'
import type { RankedRows } from '@/server/ranking/ranking'
import { maskedShare, pairMetrics } from './batch-metrics'
import { teachingOf } from './losses/distillation'
import { pairMasks } from './losses/pairwise'
import { pairObjective, type PairBatch } from './objective'
import type { SampledQuery, Sampler } from './sampler'
import type { Recipe, SegmentOptions, Teacher } from './segment'
import { named, openPlannedStepper, queryTokens, type Stepper } from './stepper'

/** Of a query that a teacher has not scored. */
const NOTHING: RankedRows = { docRows: new Int32Array(0), scores: new Float32Array(0) }

export function openPairStepper(o: SegmentOptions, recipe: Exclude<Recipe, { method: 'adore' }>, sampler: Sampler): Promise<Stepper> {
  const { temperature, falseNegativeShare } = o.train
  const teacher = 'teacher' in recipe ? recipe.teacher : undefined
  const objective = pairObjective({ temperature, falseNegativeShare, distillation: teacher?.settings ?? null })
  const inBatch = recipe.method === 'in-batch' || recipe.method === 'star'
  const teach = ({ scoresOf }: Teacher, queries: readonly SampledQuery[], drawn: readonly number[][], mask: Float32Array) =>
    teachingOf(queries.map(({ row, positive }, i) => ({ positive, negatives: drawn[i], scored: scoresOf(row) ?? NOTHING })), mask)
  const makeBatch = (draw: number): PairBatch => {
    const queries = sampler.queries(draw)
    const drawn = drawOthers(o, recipe, sampler, draw, queries)
    const others = drawn.flat()
    const positives = queries.map((q) => q.positive)
    const masks = pairMasks(positives, others, (i, doc) => queries[i].relevant.includes(doc), { inBatch })
    const docs = [...positives, ...others].map((row) => withSpecials(o.architecture, o.texts.docs.row(row), o.texts.maxDocTokens))
    return { queries: queryTokens(o, queries), docs, masks, ...(teacher && { teaching: teach(teacher, queries, drawn, masks.mask) }) }
  }
  return openPlannedStepper(o, objective, {
    makeBatch,
    metricsOf({ scores, counted, ...out }) {
      const kept = counted.data as Float32Array
      return { ...named(pairMetrics(scores.data as Float32Array, kept, o.train.batchSize)), 'masked share': maskedShare(kept, o.train.batchSize), ...(teacher && { 'distillation loss': out['distillation loss'].data[0] }) }
    },
  })
}

/** The documents of a batch besides the positives, query by query. */
function drawOthers(o: SegmentOptions, recipe: Exclude<Recipe, { method: 'adore' }>, sampler: Sampler, draw: number, queries: readonly SampledQuery[]): number[][] {
  switch (recipe.method) {
    case 'in-batch':
      return queries.map(() => [])
    case 'random':
      return sampler.random(draw, queries, o.texts.docs.count, recipe.negativesPerQuery)
    case 'bm25-negatives':
    case 'star':
      return sampler.mined(draw, queries, recipe.negatives, recipe.negativesPerQuery)
  }
}
