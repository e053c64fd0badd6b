// A segment of training, from one checkpoint to the next: reads like the paper's algorithm. Called by jobs/steps/train.ts.
import type { DistillationSettings } from '@/contract/distillation'
import { AppError } from '@/contract/errors'
import type { MetricPoint } from '@/contract/event'
import type { TrainConfig } from '@/contract/run'
import { CHUNK_TOKENS, chunksFor, GPU_CHUNK_TOKENS, type SideSize } from '@/contract/training-memory'
import type { Qrels } from '@/server/dataset/qrels'
import type { TokenFile } from '@/server/dataset/token-file'
import { hasOwnMemory, type Compute } from '@/server/graph/session'
import type { Architecture } from '@/server/model/architecture'
import { openEncoder } from '@/server/model/encode'
import { withSpecials } from '@/server/model/pack'
import { towerViews, viewsOf } from '@/server/model/weights'
import type { RankedRows } from '@/server/ranking/ranking'
import { openExactSearch } from '@/server/search/exact'
import type { TrainState } from './state'
import type { ChunkCounts } from './chunks'
import { maskedShare, pairMetrics, rankingMetrics, tokenCounts, type BatchMetrics } from './batch-metrics'
import { adoreFeeds, appendPositives } from './losses/adore'
import { teachingOf } from './losses/distillation'
import { pairMasks } from './losses/pairwise'
import type { Negatives } from '@/server/ranking/negatives'
import { adoreObjective, pairObjective, type AdoreBatch, type PairBatch, type Tokens } from './objective'
import type { MemoryOptions } from './memory'
import { createSampler, type SampledQuery, type Sampler } from './sampler'
import { learningRateAt } from './schedule'
import { hasDiverged, openTrainer, type StepReport, type Trainer } from './trainer'

/** Where negatives come from: what tells the methods apart. */
export type Recipe =
  | { method: 'in-batch' }
  | { method: 'random'; negativesPerQuery: number }
  | { method: 'bm25-negatives' | 'star'; negatives: Negatives; negativesPerQuery: number; teacher?: Teacher }
  /** collection: embeddings [docs, dim] that stay as they are. */
  | { method: 'adore'; collection: Float32Array; topK: number; metricCut: number }

/** Whose scores are learned beside the judgements, or in their place. */
export interface Teacher {
  settings: DistillationSettings
  /** What it has scored of a training query; null: nothing. */
  scoresOf(queryRow: number): RankedRows | null
}

export interface TrainingTexts {
  queries: TokenFile
  docs: TokenFile
  maxQueryTokens: number
  maxDocTokens: number
}

export interface SegmentOptions extends Compute {
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
  /** Milliseconds, for speeds. */
  clock(): number
  /** After every step, or every few where a device makes several in one call, when the state is that of `done` steps; throw to stop. */
  onSteps(done: number, points: MetricPoint[]): void
  /** Gets the batches of a step whose loss or gradients are not finite, before the error is thrown. */
  onDiverged?(step: number, batches: unknown): void
}

/** Of a query that a teacher has not scored. */
const NOTHING: RankedRows = { docRows: new Int32Array(0), scores: new Float32Array(0) }
/** Norms of the weights are reported this often: they need a pass over all of them. */
const NORM_EVERY = 10

/** Trains steps [from, to) of a run. A step is the mean of train.accumulation batches, each with negatives of its own. */
export async function trainSegment(o: SegmentOptions): Promise<void> {
  const sampler = createSampler({ queryRows: o.queryRows, qrels: o.qrels, batchSize: o.train.batchSize, seed: o.seed })
  const stepper = o.recipe.method === 'adore' ? await openAdoreStepper(o, o.recipe, sampler) : await openPairStepper(o, o.recipe, sampler)
  try {
    for (let done = o.from; done < o.to; ) {
      const startedAt = o.clock()
      const made = await stepper.steps(Array.from({ length: Math.min(stepper.stepsAtOnce, o.to - done) }, (_, i) => done + i))
      const msEach = Math.max(0.001, (o.clock() - startedAt) / made.length)
      const points = made.flatMap(({ report, metrics, tokens, paddingShare }, i) => {
        const values = {
          loss: report.loss,
          'learning rate': learningRateAt(done + i, o.train),
          ...(!report.isSkipped && { 'gradient norm': report.gradientNorm }),
          ...(report.lossScale && { 'loss scale': report.lossScale }),
          ...metrics,
          'padding share': paddingShare,
          'tokens per second': (1000 * tokens) / msEach,
        }
        return Object.entries(values).map(([name, value]) => ({ name, step: done + i + 1, value }))
      })
      const before = done
      done += made.length
      if (done === o.to || Math.floor(done / NORM_EVERY) > Math.floor(before / NORM_EVERY)) points.push({ name: 'parameter norm', step: done, value: stepper.parameterNorm() })
      o.onSteps(done, points)
    }
  } finally {
    await stepper.close()
  }
}

interface MadeStep {
  report: StepReport
  metrics: Record<string, number>
  tokens: number
  paddingShare: number
}

interface Stepper {
  readonly stepsAtOnce: number
  /** Makes steps, and answers with at least one; throws AppError broken where the first of them diverges. */
  steps(steps: readonly number[]): Promise<MadeStep[]>
  parameterNorm(): number
  close(): Promise<void>
}

const queryTokens = ({ architecture, texts }: SegmentOptions, queries: readonly SampledQuery[]) => queries.map((q) => withSpecials(architecture, texts.queries.row(q.row), texts.maxQueryTokens))

/** Sizes of the two sides of a batch; ADORE encodes no documents. */
function batchSides({ train, texts, recipe }: Pick<SegmentOptions, 'train' | 'texts' | 'recipe'>): { queries: SideSize; docs: SideSize | null } {
  const side = (texts: number, file: TokenFile, longestTokens: number): SideSize => ({ texts, meanTokens: meanTokens(file, longestTokens), longestTokens })
  const queries = side(train.batchSize, texts.queries, texts.maxQueryTokens)
  if (recipe.method === 'adore') return { queries, docs: null }
  const perQuery = 1 + ('negativesPerQuery' in recipe ? recipe.negativesPerQuery : 0)
  return { queries, docs: side(train.batchSize * perQuery, texts.docs, texts.maxDocTokens) }
}

/** What a segment's training will take at its peak. */
export function planMemory(o: Pick<SegmentOptions, 'architecture' | 'train' | 'texts' | 'recipe'>): MemoryOptions {
  const { collection } = o.recipe.method === 'adore' ? o.recipe : { collection: null }
  const otherBytes = o.texts.queries.ids.byteLength + o.texts.docs.ids.byteLength + (collection?.byteLength ?? 0)
  return { architecture: o.architecture, settings: o.train, ...batchSides(o), otherBytes }
}

function chunkCounts(o: SegmentOptions): ChunkCounts {
  const chunkTokens = hasOwnMemory(o.device) ? o.train.cachedChunkTokens || GPU_CHUNK_TOKENS : CHUNK_TOKENS
  const { queries, docs } = batchSides(o)
  const count = ({ texts, meanTokens }: SideSize) => chunksFor(texts, meanTokens, chunkTokens)
  return { queries: count(queries), docs: docs ? count(docs) : 0 }
}

/** Mean length of a file's texts with their special tokens, cut to `max`. */
function meanTokens(file: TokenFile, max: number): number {
  let sum = 0
  for (let row = 0; row < file.count; row++) sum += Math.min(file.offsets[row + 1] - file.offsets[row] + 2, max)
  return sum / Math.max(1, file.count)
}

/** The batches of a step: each draws as a step of its own would. */
async function batchesOf<T>({ train }: SegmentOptions, step: number, make: (draw: number) => Promise<T> | T): Promise<T[]> {
  const batches: T[] = []
  for (let i = 0; i < train.accumulation; i++) batches.push(await make(step * train.accumulation + i))
  return batches
}

const named = ({ accuracy, mrr10, success10 }: BatchMetrics) => ({ 'batch accuracy': accuracy, 'batch MRR@10': mrr10, 'batch success@10': success10 })
const meanOf = (records: readonly Record<string, number>[]) => Object.fromEntries(Object.keys(records[0]).map((key) => [key, records.reduce((sum, r) => sum + r[key], 0) / records.length]))

/** Makes the steps of a trainer up to one that diverges, which leaves its batches for inspection when its turn to be the first comes. */
async function makeSteps<Batch>(o: SegmentOptions, trainer: Trainer<Batch>, steps: readonly number[], batches: readonly Batch[][]): Promise<StepReport[]> {
  const reports = await trainer.steps(steps.map((step, i) => ({ batches: batches[i], step, learningRate: learningRateAt(step, o.train) })))
  const finite = reports.filter((report) => !hasDiverged(report))
  if (finite.length) return finite
  o.onDiverged?.(steps[0], batches[0])
  const [{ loss, gradientNorm }] = reports
  throw new AppError('broken', `loss ${loss}, gradient norm ${gradientNorm} at step ${steps[0]}: training has diverged; lower the learning rate or raise the temperature`)
}

async function openPairStepper(o: SegmentOptions, recipe: Exclude<Recipe, { method: 'adore' }>, sampler: Sampler): Promise<Stepper> {
  const { temperature, falseNegativeShare } = o.train
  const teacher = 'teacher' in recipe ? recipe.teacher : undefined
  const objective = pairObjective({ temperature, falseNegativeShare, distillation: teacher?.settings ?? null })
  const trainer = await openTrainer({ ...o, settings: o.train, objective, chunks: chunkCounts(o) })
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
  return {
    stepsAtOnce: trainer.stepsAtOnce,
    async steps(steps) {
      const batches = await Promise.all(steps.map((step) => batchesOf(o, step, makeBatch)))
      const reports = await makeSteps(o, trainer, steps, batches)
      return reports.map((report, i) => {
        const metrics = report.outputs.map(({ scores, counted, ...out }) => {
          const kept = counted.data as Float32Array
          return { ...named(pairMetrics(scores.data as Float32Array, kept, o.train.batchSize)), 'masked share': maskedShare(kept, o.train.batchSize), ...(teacher && { 'distillation loss': out['distillation loss'].data[0] }) }
        })
        return { report, metrics: meanOf(metrics), ...tokenCounts(batches[i].flatMap((b): Tokens[] => [...b.queries, ...b.docs])) }
      })
    },
    parameterNorm: () => trainer.parameterNorm(),
    close: () => trainer.close(),
  }
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

async function openAdoreStepper(o: SegmentOptions, { collection, topK, metricCut }: Extract<Recipe, { method: 'adore' }>, sampler: Sampler): Promise<Stepper> {
  const { architecture, state } = o
  const objective = adoreObjective(collection, { dim: architecture.dim, temperature: o.train.temperature })
  const trainer = await openTrainer({ ...o, settings: o.train, objective, chunks: chunkCounts(o) })
  const encoder = await openEncoder(architecture, towerViews(architecture, viewsOf(state.layout, state.weights), 'query'), { threads: o.threads, device: o.device, inTraining: true })
  const search = await openExactSearch(collection, { dim: architecture.dim, k: topK, threads: o.threads, device: o.device })
  const makeBatch = async (draw: number): Promise<AdoreBatch & { relevant: (readonly boolean[])[] }> => {
    const queries = sampler.queries(draw)
    const tokens = queryTokens(o, queries)
    // the current query encoder searches the whole collection: its top documents are this step's hard negatives
    const top = await search.search(await encoder.encode(tokens))
    const lists = queries.map((q, i) => appendPositives(top.docs.subarray(i * top.k, (i + 1) * top.k), q.relevant))
    return { queries: tokens, feeds: adoreFeeds(lists, metricCut), relevant: lists.map((list) => list.relevant) }
  }
  return {
    stepsAtOnce: 1, // the next step's documents are found by the weights that this one leaves
    async steps([step]) {
      const batches = await batchesOf(o, step, makeBatch)
      const [report] = await makeSteps(o, trainer, [step], [batches])
      return [{ report, metrics: meanOf(batches.map((b) => named(rankingMetrics(b.relevant)))), ...tokenCounts(batches.flatMap((b): Tokens[] => [...b.queries])) }]
    },
    parameterNorm: () => trainer.parameterNorm(),
    async close() {
      await trainer.close()
      await encoder.close()
      await search.close()
    },
  }
}
