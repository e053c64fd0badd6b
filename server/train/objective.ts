// What is learned from a batch, apart from the encoder: pairs (in-batch, random, BM25, STAR) or ADORE's rankings. trainer.ts puts it behind the encoder.
import type { Graph } from '@/server/graph/graph'
import type { TensorData } from '@/server/graph/session'
import type { Value } from '@/server/graph/ops'
import { adoreLoss, type AdoreFeeds } from './losses/adore'
import { pairwiseLoss, type PairMasks, type PairwiseOptions } from './losses/pairwise'

/** Token ids of a text, special tokens included. */
export type Tokens = ArrayLike<number>

export interface Objective<Batch> {
  /** The texts that the encoder sees; docs is null where documents are fixed. */
  texts(batch: Batch): { queries: readonly Tokens[]; docs: readonly Tokens[] | null }
  /** Whether batches have documents to encode. */
  encodesDocs: boolean
  /** The loss over embeddings [texts + 1, dim], dummy row last. It may declare inputs and outputs of its own. */
  build(g: Graph, embeddings: { queries: Value; docs: Value | null }): Value
  /** Feeds for the inputs that build declares. */
  feeds(batch: Batch): Record<string, TensorData>
  /** Shapes of what build puts out. Absent where a step's batch depends on the weights that the step before leaves, so that steps cannot be made together. */
  outputShapes?(batch: Batch): Record<string, readonly number[]>
}

/** An objective whose batches are known before their steps, so that a device can make many in one call. */
export type PlannedObjective<Batch> = Required<Objective<Batch>>

export interface PairBatch {
  queries: readonly Tokens[]
  docs: readonly Tokens[]
  masks: PairMasks
  /** A teacher's scores, in the shape of the masks; with distillation only. */
  teacher?: Float32Array
}

/** Both sides learn from pairs; the masks of a batch tell the methods apart. Outputs `scores` and `counted`, [queries + 1, docs + 1]. */
export function pairObjective(options: PairwiseOptions): PlannedObjective<PairBatch> {
  return {
    encodesDocs: true,
    texts: ({ queries, docs }) => ({ queries, docs }),
    build(g, { queries, docs }) {
      const pairs = [queries.shape[0], docs!.shape[0]]
      const teacher = options.distillation ? g.input('teacher', pairs) : null
      const { loss, scores, counted } = pairwiseLoss(g, { queries, docs: docs!, own: g.input('own', pairs), mask: g.input('mask', pairs), teacher }, options)
      g.output('scores', scores)
      g.output('counted', counted)
      return loss
    },
    feeds: ({ masks: { own, mask, shape }, teacher }) => ({
      own: { data: own, shape },
      mask: { data: mask, shape },
      ...(options.distillation ? { teacher: { data: teacher!, shape } } : {}),
    }),
    outputShapes: ({ masks: { shape } }) => ({ scores: shape, counted: shape }),
  }
}

export interface AdoreBatch {
  queries: readonly Tokens[]
  feeds: AdoreFeeds
}

/** The query side learns against fixed document embeddings [docs, dim]. */
export function adoreObjective(collection: Float32Array, { dim, temperature }: { dim: number; temperature: number }): Objective<AdoreBatch> {
  const collectionFeed = { data: collection, shape: [collection.length / dim, dim] }
  return {
    encodesDocs: false,
    texts: ({ queries }) => ({ queries, docs: null }),
    build(g, { queries }) {
      const Q = queries.shape[0]
      return adoreLoss(g, {
        queries,
        collection: g.input('collection', ['documents', dim]),
        candidates: g.input('candidates', [Q, 'K'], 'i32'),
        positives: g.input('positives', [Q, 'P'], 'i32'),
        weights: g.input('pairWeights', [Q, 'P', 'K']),
        temperature,
      })
    },
    feeds: ({ feeds: { candidates, positives, weights, shape: { Q, P, K } } }) => ({
      collection: collectionFeed,
      candidates: { data: candidates, shape: [Q, K] },
      positives: { data: positives, shape: [Q, P] },
      pairWeights: { data: weights, shape: [Q, P, K] },
    }),
  }
}
