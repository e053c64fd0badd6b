// What is learned from a batch, apart from the encoder: pairs (in-batch, random, BM25, STAR) or ADORE's rankings. trainer.ts puts it behind the encoder.
import type { Graph } from '@/server/graph/graph'
import type { TensorData } from '@/server/graph/session'
import type { Value } from '@/server/graph/ops'
import { adoreLoss, inverseRankWithin, type AdoreFeeds } from './losses/adore'
import { searchedAdoreLoss } from './losses/adore-search'
import type { Teaching } from './losses/distillation'
import { pairwiseLoss, type PairMasks, type PairwiseOptions } from './losses/pairwise'

/** Token ids of a text, special tokens included. */
export type Tokens = ArrayLike<number>

export interface Embeddings {
  queries: Value
  docs: Value | null
  /** Makes the queries' embeddings without dropout. */
  undropped(): Value
}

export interface Objective<Batch> {
  /** The texts that the encoder sees; docs is null where documents are fixed. */
  texts(batch: Batch): { queries: readonly Tokens[]; docs: readonly Tokens[] | null }
  /** Whether batches have documents to encode. */
  encodesDocs: boolean
  /** The loss over embeddings [texts + 1, dim], dummy row last. It may declare inputs and outputs of its own. */
  build(g: Graph, embeddings: Embeddings): Value
  /** Inputs that build declares and that are the same for every batch. */
  fixed?: Record<string, TensorData>
  /** Feeds for the inputs that build declares. */
  feeds(batch: Batch): Record<string, TensorData>
  /** Shapes of what build puts out. Absent where a step's batch depends on the weights that the step before leaves, so that steps cannot be made together. */
  outputShapes?(batch: Batch): Record<string, readonly number[]>
}

/** An objective whose batches are known before their steps, so that a device can make many in one call. */
export type PlannedObjective<Batch> = Objective<Batch> & Required<Pick<Objective<Batch>, 'outputShapes'>>

export interface PairBatch {
  queries: readonly Tokens[]
  docs: readonly Tokens[]
  masks: PairMasks
  /** In the shape of the masks; with a teacher only. */
  teaching?: Teaching
}

/** Both sides learn from pairs; the masks of a batch tell the methods apart. Outputs `scores` and `counted`, [queries + 1, docs + 1]; with a teacher `distillation loss`, []. */
export function pairObjective(options: PairwiseOptions): PlannedObjective<PairBatch> {
  return {
    encodesDocs: true,
    texts: ({ queries, docs }) => ({ queries, docs }),
    build(g, { queries, docs }) {
      const pairs = [queries.shape[0], docs!.shape[0]]
      const teaching = options.distillation ? { teacher: g.input('teacher', pairs), taught: g.input('taught', pairs) } : null
      const { loss, scores, counted, distillation } = pairwiseLoss(g, { queries, docs: docs!, own: g.input('own', pairs), mask: g.input('mask', pairs), teaching }, options)
      g.output('scores', scores)
      g.output('counted', counted)
      if (distillation) g.output('distillation loss', distillation)
      return loss
    },
    feeds: ({ masks: { own, mask, shape }, teaching }) => ({
      own: { data: own, shape },
      mask: { data: mask, shape },
      ...(options.distillation ? { teacher: { data: teaching!.teacher, shape }, taught: { data: teaching!.taught, shape } } : {}),
    }),
    outputShapes: ({ masks: { shape } }) => ({ scores: shape, counted: shape, ...(options.distillation && { 'distillation loss': [] }) }),
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
    fixed: { collection: collectionFeed },
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
      candidates: { data: candidates, shape: [Q, K] },
      positives: { data: positives, shape: [Q, P] },
      pairWeights: { data: weights, shape: [Q, P, K] },
    }),
  }
}

export interface SearchedBatch {
  queries: readonly Tokens[]
  /** Rows of each query's relevant documents, at least one. */
  relevant: readonly (readonly number[])[]
}

/** ADORE with its search inside of the graph. Outputs `positive`, [queries + 1, topK + most relevant documents]: which places of each list are relevant. */
export function searchedAdoreObjective(collection: Float32Array, { dim, temperature, topK, metricCut }: { dim: number; temperature: number; topK: number; metricCut: number }): PlannedObjective<SearchedBatch> {
  const documents = collection.length / dim
  const k = Math.min(topK, documents)
  const inverseRank = inverseRankWithin(metricCut)
  const most = ({ relevant }: SearchedBatch) => Math.max(...relevant.map((rows) => rows.length))
  return {
    encodesDocs: false,
    fixed: { collection: { data: collection, shape: [documents, dim] } },
    texts: ({ queries }) => ({ queries, docs: null }),
    build(g, { queries, undropped }) {
      const perQuery = [queries.shape[0], 'P']
      const { loss, isPositive } = searchedAdoreLoss(g, {
        queries,
        searchedBy: undropped(),
        collection: g.input('collection', ['documents', dim]),
        topK: k,
        relevant: g.input('relevant', perQuery, 'i32'),
        isRelevant: g.input('is relevant', perQuery),
        inverseRanks: g.input('inverse ranks', [`${k}+P`]),
        share: g.input('share', [1]),
        temperature,
      })
      g.output('positive', isPositive)
      return loss
    },
    feeds(batch) {
      const [Q, P] = [batch.queries.length + 1, most(batch)]
      const relevant = new Int32Array(Q * P)
      const isRelevant = new Float32Array(Q * P)
      batch.relevant.forEach((rows, q) => {
        relevant.set(rows, q * P)
        isRelevant.fill(1, q * P, q * P + rows.length)
      })
      return {
        relevant: { data: relevant, shape: [Q, P] },
        'is relevant': { data: isRelevant, shape: [Q, P] },
        'inverse ranks': { data: Float32Array.from({ length: k + P }, (_, index) => inverseRank(index)), shape: [k + P] },
        share: { data: Float32Array.of(1 / batch.queries.length), shape: [1] },
      }
    },
    outputShapes: (batch) => ({ positive: [batch.queries.length + 1, k + most(batch)] }),
  }
}
