// A segment of training, from one checkpoint to the next: reads like the paper's algorithm. Called by jobs/steps/train.ts.
import type { MetricPoint } from '@/contract/event'
import type { TrainConfig } from '@/contract/run'
import type { Qrels } from '@/server/dataset/qrels'
import type { TokenFile } from '@/server/dataset/token-file'
import type { Architecture } from '@/server/model/architecture'
import { openEncoder } from '@/server/model/encode'
import { withSpecials } from '@/server/model/pack'
import { viewsOf } from '@/server/model/weights'
import { openExactSearch } from '@/server/search/exact'
import type { TrainState } from './adamw'
import { chunksFor } from './chunks'
import { adoreFeeds, appendPositives } from './losses/adore'
import { pairMasks } from './losses/pairwise'
import type { Negatives } from './negatives'
import { createSampler, type SampledQuery, type Sampler } from './sampler'
import { learningRateAt } from './schedule'
import { openAdoreTrainer, openPairTrainer, type StepReport } from './trainer'

/** Where negatives come from: what tells the methods apart. */
export type Recipe =
  | { method: 'in-batch' }
  | { method: 'random'; negativesPerQuery: number }
  | { method: 'bm25-negatives'; negatives: Negatives; negativesPerQuery: number }
  | { method: 'star'; negatives: Negatives; negativesPerQuery: number }
  /** collection: embeddings [docs, dim] that stay as they are. */
  | { method: 'adore'; collection: Float32Array; topK: number; metricCut: number }

export interface TrainingTexts {
  queries: TokenFile
  docs: TokenFile
  maxQueryTokens: number
  maxDocTokens: number
}

export interface SegmentOptions {
  architecture: Architecture
  /** Changed in place. */
  state: TrainState
  recipe: Recipe
  texts: TrainingTexts
  /** Rows of the training queries, ascending, each with a relevant document. */
  queryRows: Int32Array
  qrels: Qrels
  train: TrainConfig
  seed: number
  /** Optimizer steps [from, to). */
  from: number
  to: number
  threads: number
  /** After every step; throw to stop (the state is then that of `step` done steps). */
  onStep(done: number, points: MetricPoint[]): void
}

/** Trains steps [from, to) of a run. */
export async function trainSegment(o: SegmentOptions): Promise<void> {
  const sampler = createSampler({ queryRows: o.queryRows, qrels: o.qrels, batchSize: o.train.batchSize, seed: o.seed })
  const stepper = o.recipe.method === 'adore' ? await openAdoreStepper(o, o.recipe, sampler) : await openPairStepper(o, o.recipe, sampler)
  try {
    for (let step = o.from; step < o.to; step++) {
      const learningRate = learningRateAt(step, o.train)
      const { loss, gradientNorm } = await stepper.step(step, learningRate)
      o.onStep(step + 1, [
        { name: 'loss', step: step + 1, value: loss },
        { name: 'learning rate', step: step + 1, value: learningRate },
        { name: 'gradient norm', step: step + 1, value: gradientNorm },
      ])
    }
  } finally {
    await stepper.close()
  }
}

interface Stepper {
  step(step: number, learningRate: number): Promise<StepReport>
  close(): Promise<void>
}

const queryTokens = ({ architecture, texts }: SegmentOptions, queries: readonly SampledQuery[]) => queries.map((q) => withSpecials(architecture, texts.queries.row(q.row), texts.maxQueryTokens))

const queryChunks = ({ train, texts }: SegmentOptions) => chunksFor(train.batchSize, meanTokens(texts.queries, texts.maxQueryTokens))

/** Mean length of a file's texts with their special tokens, cut to `max`. */
function meanTokens(file: TokenFile, max: number): number {
  let sum = 0
  for (let row = 0; row < file.count; row++) sum += Math.min(file.offsets[row + 1] - file.offsets[row] + 2, max)
  return sum / Math.max(1, file.count)
}

async function openPairStepper(o: SegmentOptions, recipe: Exclude<Recipe, { method: 'adore' }>, sampler: Sampler): Promise<Stepper> {
  const perQuery = 1 + ('negativesPerQuery' in recipe ? recipe.negativesPerQuery : 0)
  const chunks = { queries: queryChunks(o), docs: chunksFor(o.train.batchSize * perQuery, meanTokens(o.texts.docs, o.texts.maxDocTokens)) }
  const trainer = await openPairTrainer({ ...o, temperature: o.train.temperature, weightDecay: o.train.weightDecay, chunks })
  const inBatch = recipe.method === 'in-batch' || recipe.method === 'star'
  return {
    async step(step, learningRate) {
      const queries = sampler.queries(step)
      const others = drawOthers(o, recipe, sampler, step, queries)
      const positives = queries.map((q) => q.positive)
      const masks = pairMasks(positives, others, (i, doc) => queries[i].relevant.includes(doc), { inBatch })
      const docs = [...positives, ...others].map((row) => withSpecials(o.architecture, o.texts.docs.row(row), o.texts.maxDocTokens))
      return trainer.step({ queries: queryTokens(o, queries), docs, masks }, { step, learningRate })
    },
    close: () => trainer.close(),
  }
}

/** The documents of a batch besides the positives. */
function drawOthers(o: SegmentOptions, recipe: Exclude<Recipe, { method: 'adore' }>, sampler: Sampler, step: number, queries: readonly SampledQuery[]): number[] {
  switch (recipe.method) {
    case 'in-batch':
      return []
    case 'random':
      return sampler.random(step, queries, o.texts.docs.count, recipe.negativesPerQuery)
    case 'bm25-negatives':
    case 'star':
      return sampler.mined(step, queries, recipe.negatives, recipe.negativesPerQuery)
  }
}

async function openAdoreStepper(o: SegmentOptions, { collection, topK, metricCut }: Extract<Recipe, { method: 'adore' }>, sampler: Sampler): Promise<Stepper> {
  const { architecture, state, threads } = o
  const trainer = await openAdoreTrainer({ ...o, temperature: o.train.temperature, weightDecay: o.train.weightDecay, chunks: { queries: queryChunks(o), docs: 0 } }, collection)
  const encoder = await openEncoder(architecture, viewsOf(state.layout, state.weights), { threads })
  const search = await openExactSearch(collection, { dim: architecture.dim, k: topK, threads })
  return {
    async step(step, learningRate) {
      const queries = sampler.queries(step)
      const tokens = queryTokens(o, queries)
      // the current query encoder searches the whole collection: its top documents are this step's hard negatives
      const top = await search.search(await encoder.encode(tokens))
      const lists = queries.map((q, i) => appendPositives(top.docs.subarray(i * top.k, (i + 1) * top.k), q.relevant))
      return trainer.step({ queries: tokens, feeds: adoreFeeds(lists, metricCut) }, { step, learningRate })
    },
    async close() {
      await trainer.close()
      await encoder.close()
      await search.close()
    },
  }
}
