// One optimizer step of an encoder: graph of loss and gradients, clipping, AdamW. train.ts feeds it batches; benchmarks drive it directly.
import { AppError } from '@/contract/errors'
import { gradients, rowUpdates, type RowUpdates } from '@/server/graph/backward'
import { Graph } from '@/server/graph/graph'
import { openSession, type TensorData } from '@/server/graph/onnx'
import type { Value } from '@/server/graph/ops'
import type { Architecture } from '@/server/model/architecture'
import { weightFeeds, weightInputs } from '@/server/model/encoder-graph'
import { viewsOf } from '@/server/model/weights'
import { createAdamW, type TrainState } from './adamw'
import { chunkedEncoder, chunkedFeeds } from './chunks'
import { adoreLoss, type AdoreFeeds } from './losses/adore'
import { pairwiseLoss, type PairMasks } from './losses/pairwise'
import { createRowScatter, type RowScatter } from './row-scatter'

/** Gradients are scaled down to this global norm where they exceed it (the original's max_grad_norm). */
const CLIP_NORM = 1

/** Sequences include their special tokens. */
export interface PairBatch {
  queries: readonly ArrayLike<number>[]
  docs: readonly ArrayLike<number>[]
  masks: PairMasks
}

export interface AdoreBatch {
  queries: readonly ArrayLike<number>[]
  feeds: AdoreFeeds
}

export interface StepReport {
  loss: number
  /** Global norm of the gradients before clipping. */
  gradientNorm: number
}

export interface Trainer<Batch> {
  /** Loss and gradients of a batch, without an update; state.gradients holds them until the next call. */
  evaluate(batch: Batch): Promise<StepReport>
  /** One update; `step` counts from 0. Throws AppError broken where loss or gradients are not finite. */
  step(batch: Batch, options: { step: number; learningRate: number }): Promise<StepReport>
  close(): Promise<void>
}

interface TrainerOptions {
  architecture: Architecture
  state: TrainState
  temperature: number
  weightDecay: number
  threads: number
  /** Chunks that each side of a batch is cut into: see chunks.ts. */
  chunks: { queries: number; docs: number }
}

/** Trains both sides on pairs: in-batch, random, BM25 and STAR negatives, told apart by the masks of the batch. */
export function openPairTrainer(options: TrainerOptions): Promise<Trainer<PairBatch>> {
  const { architecture: a, chunks } = options
  return openTrainer(options, {
    build(g, weights) {
      const queries = chunkedEncoder(g, a, weights, 'q', chunks.queries)
      const docs = chunkedEncoder(g, a, weights, 'd', chunks.docs)
      const pairs = [queries.shape[0], docs.shape[0]]
      return pairwiseLoss(g, { queries, docs, own: g.input('own', pairs), mask: g.input('mask', pairs), temperature: options.temperature })
    },
    feeds: ({ queries, docs, masks: { own, mask, shape } }) => ({
      ...chunkedFeeds(a, 'q', chunks.queries, queries),
      ...chunkedFeeds(a, 'd', chunks.docs, docs),
      own: { data: own, shape },
      mask: { data: mask, shape },
    }),
  })
}

/** Trains the query side against fixed document embeddings [docs, dim]. */
export function openAdoreTrainer(options: TrainerOptions, collection: Float32Array): Promise<Trainer<AdoreBatch>> {
  const { architecture: a, chunks } = options
  const collectionFeed = { data: collection, shape: [collection.length / a.dim, a.dim] }
  return openTrainer(options, {
    build(g, weights) {
      const queries = chunkedEncoder(g, a, weights, 'q', chunks.queries)
      const Q = queries.shape[0]
      return adoreLoss(g, {
        queries,
        collection: g.input('collection', ['docs', a.dim]),
        candidates: g.input('candidates', [Q, 'K'], 'i32'),
        positives: g.input('positives', [Q, 'P'], 'i32'),
        weights: g.input('pairWeights', [Q, 'P', 'K']),
        temperature: options.temperature,
      })
    },
    feeds: ({ queries, feeds: { candidates, positives, weights, shape: { Q, P, K } } }) => ({
      ...chunkedFeeds(a, 'q', chunks.queries, queries),
      collection: collectionFeed,
      candidates: { data: candidates, shape: [Q, K] },
      positives: { data: positives, shape: [Q, P] },
      pairWeights: { data: weights, shape: [Q, P, K] },
    }),
  })
}

interface LossDefinition<Batch> {
  build(g: Graph, weights: ReadonlyMap<string, Value>): Value
  feeds(batch: Batch): Record<string, TensorData>
}

async function openTrainer<Batch>({ architecture, state, weightDecay, threads }: TrainerOptions, definition: LossDefinition<Batch>): Promise<Trainer<Batch>> {
  const g = new Graph()
  const weights = weightInputs(g, architecture)
  const loss = definition.build(g, weights)
  g.output('loss', loss)
  const gradientFeeds: Record<string, TensorData> = {}
  const tables: EmbeddingTable[] = []
  const squares: Value[] = []
  const views = weightFeeds(architecture, viewsOf(state.layout, state.gradients))
  state.gradients.fill(0)
  const names = [...weights.keys()]
  gradients(g, loss, [...weights.values()]).forEach((gradient, i) => {
    const name = names[i]
    const view = views.get(name)!
    const updates = rowUpdates(g, gradient)
    if (updates) tables.push({ scatter: createRowScatter(view.data, view.shape[1]), updates: updates.map((u) => outputRows(g, u)) })
    else {
      g.output(`gradient of ${name}`, gradient)
      gradientFeeds[`gradient of ${name}`] = view
      squares.push(g.sumSquares(gradient))
    }
  })
  g.output('squared norm', squares.reduce((a, b) => g.add(a, b)))

  const session = await openSession(g, { threads })
  const update = await createAdamW(state, { weightDecay })
  const weightValues = Object.fromEntries(weightFeeds(architecture, viewsOf(state.layout, state.weights)))

  async function evaluate(batch: Batch): Promise<StepReport> {
    const feeds = definition.feeds(batch)
    const out = await session.run({ ...weightValues, ...feeds }, gradientFeeds)
    let squaredNorm = out['squared norm'].data[0]
    for (const { scatter, updates } of tables) {
      scatter.clear()
      for (const { ids, rows, padding } of updates) scatter.add(feeds[ids].data, out[rows].data as Float32Array, padding)
      squaredNorm += scatter.squaredNorm()
    }
    return { loss: out.loss.data[0], gradientNorm: Math.sqrt(squaredNorm) }
  }

  return {
    evaluate,
    async step(batch, { step, learningRate }) {
      const report = await evaluate(batch)
      if (!Number.isFinite(report.loss) || !Number.isFinite(report.gradientNorm))
        throw new AppError('broken', `loss ${report.loss}, gradient norm ${report.gradientNorm} at step ${step}: training has diverged; lower the learning rate or raise the temperature`)
      update({ t: step + 1, learningRate, gradientScale: Math.min(1, CLIP_NORM / (report.gradientNorm + 1e-6)) })
      return report
    },
    close: () => session.close(),
  }
}

/** An embedding table's gradient: summed row by row after the graph has run, in the order of the tokens, whatever the threads. */
interface EmbeddingTable {
  scatter: RowScatter
  /** Names of the graph's input of ids and output of rows. */
  updates: { ids: string; rows: string; padding: number | null }[]
}

function outputRows(g: Graph, { ids, rows, padding }: RowUpdates): EmbeddingTable['updates'][number] {
  const nameOf = (values: Map<string, Value>, value: Value) => [...values].find(([, v]) => v === value)?.[0]
  const input = nameOf(g.inputs, ids)
  if (!input) throw new Error('ids of an embedding must be an input of the graph')
  let output = nameOf(g.outputs, rows) // words and positions are added up, so they share one gradient
  if (!output) g.output((output = `rows at ${input}`), rows)
  return { ids: input, rows: output, padding }
}
