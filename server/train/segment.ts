// What a segment of training is given: texts, recipe, settings; and what its batches are like before any is drawn. Called by train.ts and its steppers.
import type { DistillationSettings } from '@/contract/distillation'
import type { MetricPoint } from '@/contract/event'
import type { TrainConfig } from '@/contract/run'
import type { BatchSize, SideSize } from '@/contract/training-memory'
import type { Qrels } from '@/server/dataset/qrels'
import type { TokenFile } from '@/server/dataset/token-file'
import type { Compute } from '@/server/graph/session'
import type { Architecture } from '@/server/model/architecture'
import type { Negatives } from '@/server/ranking/negatives'
import type { RankedRows } from '@/server/ranking/ranking'
import { chunkCountsOf, type ChunkCounts } from './chunks'
import type { MemoryOptions } from './memory'
import type { TrainState } from './state'

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

/** Sizes of the two sides of a batch; ADORE encodes no documents. */
function batchSides({ train, texts, recipe }: Pick<SegmentOptions, 'train' | 'texts' | 'recipe'>): BatchSize {
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

/** Chunks of a batch's sides on the device that trains. */
export function chunkCounts(o: SegmentOptions): ChunkCounts {
  return chunkCountsOf(batchSides(o), { device: o.device, cachedChunkTokens: o.train.cachedChunkTokens })
}

/** Mean length of a file's texts with their special tokens, cut to `max`. */
function meanTokens(file: TokenFile, max: number): number {
  let sum = 0
  for (let row = 0; row < file.count; row++) sum += Math.min(file.offsets[row + 1] - file.offsets[row] + 2, max)
  return sum / Math.max(1, file.count)
}
