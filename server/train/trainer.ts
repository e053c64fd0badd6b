// One optimizer step of an encoder: graph of loss and gradients, clipping, AdamW. train.ts feeds it batches; benchmarks drive it directly.
import { AppError } from '@/contract/errors'
import { gradients } from '@/server/graph/backward'
import { Graph } from '@/server/graph/graph'
import { openSession, type TensorData } from '@/server/graph/onnx'
import type { Value } from '@/server/graph/ops'
import type { Architecture } from '@/server/model/architecture'
import { weightSpecs } from '@/server/model/architecture'
import { pack } from '@/server/model/pack'
import { encoderGraph, packFeeds, weightInputs } from '@/server/model/roberta'
import { layoutOf, viewsOf, type Layout } from '@/server/model/weights'
import { createAdamW, type TrainState } from './adamw'
import { adoreLoss, type AdoreFeeds } from './losses/adore'
import { pairwiseLoss, type PairMasks } from './losses/pairwise'

/** Gradients are scaled down to this global norm where they exceed it (the original's max_grad_norm). */
const CLIP_NORM = 1

export function layoutFor(a: Architecture): Layout {
  return layoutOf(weightSpecs(a))
}

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
}

/** Trains both sides on pairs: in-batch, random, BM25 and STAR negatives, told apart by the masks of the batch. */
export function openPairTrainer(options: TrainerOptions): Promise<Trainer<PairBatch>> {
  const { architecture: a } = options
  return openTrainer(options, {
    build(g, weights) {
      const queries = encoderGraph(g, a, weights, 'q')
      const docs = encoderGraph(g, a, weights, 'd')
      const pairs = [queries.shape[0], docs.shape[0]]
      return pairwiseLoss(g, { queries, docs, own: g.input('own', pairs), mask: g.input('mask', pairs), temperature: options.temperature })
    },
    feeds: ({ queries, docs, masks: { own, mask, shape } }) => ({
      ...packFeeds(a, 'q', pack(queries)),
      ...packFeeds(a, 'd', pack(docs)),
      own: { data: own, shape },
      mask: { data: mask, shape },
    }),
  })
}

/** Trains the query side against fixed document embeddings [docs, dim]. */
export function openAdoreTrainer(options: TrainerOptions, collection: Float32Array): Promise<Trainer<AdoreBatch>> {
  const { architecture: a } = options
  const collectionFeed = { data: collection, shape: [collection.length / a.dim, a.dim] }
  return openTrainer(options, {
    build(g, weights) {
      const queries = encoderGraph(g, a, weights, 'q')
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
      ...packFeeds(a, 'q', pack(queries)),
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
  const names = [...weights.keys()]
  const grads = gradients(g, loss, [...weights.values()])
  names.forEach((name, i) => g.output(`gradient of ${name}`, grads[i]))
  g.output('loss', loss)
  g.output('squared norm', grads.map((d) => g.sumSquares(d)).reduce((a, b) => g.add(a, b)))

  const session = await openSession(g, { threads })
  const update = await createAdamW(state, { weightDecay })
  const weightFeeds = Object.fromEntries(viewsOf(state.layout, state.weights))
  const gradientViews = Object.fromEntries([...viewsOf(state.layout, state.gradients)].map(([name, view]) => [`gradient of ${name}`, view]))

  async function evaluate(batch: Batch): Promise<StepReport> {
    const out = await session.run({ ...weightFeeds, ...definition.feeds(batch) }, gradientViews)
    return { loss: out.loss.data[0], gradientNorm: Math.sqrt(out['squared norm'].data[0]) }
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
