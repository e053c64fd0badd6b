// Loss and gradients of batches: the whole batch in one graph, or in pieces with cached embeddings. Called by trainer.ts.
import { gradients } from '@/server/graph/backward'
import { Graph } from '@/server/graph/graph'
import type { Value } from '@/server/graph/ops'
import { openSession, type Compute, type TensorData } from '@/server/graph/session'
import { modelSpecs, towerPrefix, type Architecture, type Side } from '@/server/model/architecture'
import { drops, NO_DROPOUT, type Dropout } from '@/server/model/dropout'
import { encoderGraph, weightFeeds, weightInputs, type WeightValues } from '@/server/model/encoder-graph'
import { towerViews, viewsOf } from '@/server/model/weights'
import { mixSeed } from '@/server/random/random'
import { chunkedEncoder, chunkedFeeds, chunkFeeds, cutByLength, type ChunkCounts } from './chunks'
import { addGradients } from './gradient-sink'
import type { Objective, Tokens } from './objective'
import type { TrainState } from './state'
import type { TrainerOptions } from './trainer'

/** What the graph of an objective puts out besides gradients, by name; `loss` always. */
export type Outputs = Record<string, TensorData>

export interface GradientEngine<Batch> {
  /**
   * Leaves the sum of the batches' gradients in state.gradients and answers with each batch's outputs and the squared norm of that sum.
   * `seed` decides what dropout drops.
   */
  run(batches: readonly Batch[], seed: number): Promise<{ outputs: Outputs[]; squaredNorm: number }>
  close(): Promise<void>
}

export interface EngineOptions<Batch> extends Compute {
  architecture: Architecture
  state: TrainState
  objective: Objective<Batch>
  dropout: Dropout
  isTrained(name: string): boolean
  /** Batches may come several to a step. */
  accumulates: boolean
}

/** What settings mean for an engine. */
export function engineOptions<Batch>({ architecture, state, objective, settings, threads, device }: TrainerOptions<Batch>): EngineOptions<Batch> {
  const isTrained = (name: string) => !isFrozen(settings.frozenLayers, name) && (objective.encodesDocs || name.startsWith(towerPrefix(architecture, 'query')))
  const dropout = { hidden: settings.hiddenDropout, attention: settings.attentionDropout }
  return { architecture, state, objective, dropout, isTrained, threads, device, accumulates: settings.accumulation > 1 }
}

/** The embeddings and layers [0, frozenLayers) stay as they are; -1: nothing is frozen. */
function isFrozen(frozenLayers: number, name: string): boolean {
  if (frozenLayers < 0) return false
  const layer = /\.encoder\.layer\.(\d+)\./.exec(name)
  return layer ? Number(layer[1]) < frozenLayers : name.includes('.embeddings.')
}

/** A graph with weights and the loss over batches as they come, in chunks. */
export function lossGraph<Batch>(g: Graph, { architecture: a, objective, dropout }: EngineOptions<Batch>, weights: WeightValues, chunks: ChunkCounts): Value {
  const encodeQueries = (dropout: Dropout) => chunkedEncoder(g, a, towerViews(a, weights, 'query'), 'q', chunks.queries, dropout)
  const queries = encodeQueries(dropout)
  const docs = objective.encodesDocs ? chunkedEncoder(g, a, towerViews(a, weights, 'doc'), 'd', chunks.docs, dropout) : null
  return objective.build(g, { queries, docs, undropped: () => (drops(dropout) ? g.rebuild((input) => input, () => encodeQueries(NO_DROPOUT)) : queries) })
}

/** Feeds of lossGraph for a batch, but for weights; `seeds` decide what dropout drops. */
export function lossFeeds<Batch>({ architecture: a, objective, dropout }: EngineOptions<Batch>, batch: Batch, chunks: ChunkCounts, ...seeds: number[]): Record<string, TensorData> {
  const { queries, docs } = objective.texts(batch)
  return {
    ...chunkedFeeds(a, 'q', chunks.queries, queries, dropout, mixSeed(...seeds, 0)),
    ...(docs ? chunkedFeeds(a, 'd', chunks.docs, docs, dropout, mixSeed(...seeds, 1)) : {}),
    ...objective.feeds(batch),
  }
}

/** One graph from tokens to gradients: the fastest way while its activations fit into memory. */
export async function openWholeEngine<Batch>(o: EngineOptions<Batch> & { chunks: ChunkCounts }): Promise<GradientEngine<Batch>> {
  const { architecture: a, chunks } = o
  const g = new Graph()
  const weights = weightInputs(g, modelSpecs(a))
  const loss = lossGraph(g, o, weights, chunks)
  g.output('loss', loss)
  const sink = addGradients(g, loss, { ...o, weights, sums: o.accumulates })
  const session = await openSession(g, o, o.objective.fixed)
  const weightValues = Object.fromEntries(weightFeeds(a, viewsOf(o.state.layout, o.state.weights)))
  return {
    async run(batches, seed) {
      sink.clear()
      const outputs: Outputs[] = []
      for (const [i, batch] of batches.entries()) {
        const feeds = lossFeeds(o, batch, chunks, seed, i)
        const out = await session.run({ ...weightValues, ...sink.feeds, ...feeds }, sink.into)
        sink.take(feeds, out)
        outputs.push(out)
      }
      return { outputs, squaredNorm: sink.squaredNorm(outputs[outputs.length - 1]) }
    },
    close: () => session.close(),
  }
}

const searchesNowhere = (): never => {
  throw new Error('an objective that searches needs the encoder in its graph')
}

/** Names of the gradients of each side's embeddings. */
const UPSTREAM: Record<Side, string> = { query: 'gradient of queries', doc: 'gradient of docs' }

/** A piece of one side of a batch. */
interface Piece {
  side: Side
  /** Places of its texts in the batch. */
  members: number[]
  feeds: Record<string, TensorData>
}

/**
 * Cached gradients (Gao et al. 2021, "Scaling Deep Contrastive Learning Batch Size under Memory Limited Setup"): every piece of a batch is
 * encoded, the loss gives the gradient of the embeddings, then each piece is encoded again to carry it back. The gradients are those of the
 * whole batch, the memory that of a piece, the time a third more.
 */
export async function openCachedEngine<Batch>(o: EngineOptions<Batch> & { chunkTokens: number }): Promise<GradientEngine<Batch>> {
  const { architecture: a, objective, dropout } = o
  const queryTower = await openTower(o, 'query')
  const docTower = a.towers === 'separate' && objective.encodesDocs ? await openTower(o, 'doc') : queryTower
  const towers = new Set([queryTower, docTower])
  const towerOf = (side: Side) => (side === 'query' ? queryTower : docTower)

  const g = new Graph()
  const embeddings = { queries: g.input('queries', ['Q', a.dim]), docs: objective.encodesDocs ? g.input('docs', ['D', a.dim]) : null }
  const loss = objective.build(g, { ...embeddings, undropped: searchesNowhere })
  g.output('loss', loss)
  const wanted: [Side, Value][] = [['query', embeddings.queries], ...(embeddings.docs ? [['doc', embeddings.docs] as [Side, Value]] : [])]
  gradients(g, loss, wanted.map(([, value]) => value)).forEach((gradient, i) => g.output(UPSTREAM[wanted[i][0]], gradient))
  const lossSession = await openSession(g, o, objective.fixed)
  const weightValues = Object.fromEntries(weightFeeds(a, viewsOf(o.state.layout, o.state.weights)))

  const cut = (side: Side, texts: readonly Tokens[], seed: number): Piece[] => {
    const tokens = texts.reduce((sum, text) => sum + text.length, 0)
    return cutByLength(texts, Math.max(1, Math.min(texts.length, Math.ceil(tokens / o.chunkTokens))))
      .filter((members) => members.length > 0)
      .map((members, i) => ({ side, members, feeds: chunkFeeds(a, 'x', members.map((m) => texts[m]), dropout, mixSeed(seed, i)) }))
  }

  return {
    async run(batches, seed) {
      for (const tower of towers) tower.sink.clear()
      const outputs: Outputs[] = []
      /** What the last pass of each tower put out: the norm of the whole sum. */
      const last = new Map<Tower, Outputs>()
      for (const [i, batch] of batches.entries()) {
        const texts = objective.texts(batch)
        const pieces = [...cut('query', texts.queries, mixSeed(seed, i, 0)), ...(texts.docs ? cut('doc', texts.docs, mixSeed(seed, i, 1)) : [])]
        // the dummies' rows stay zero: no loss reads them
        const rowsOf = (count: number) => ({ data: new Float32Array((count + 1) * a.dim), shape: [count + 1, a.dim] })
        const encoded = { query: rowsOf(texts.queries.length), doc: rowsOf(texts.docs?.length ?? 0) }
        for (const { side, members, feeds } of pieces) {
          const { embeddings } = await towerOf(side).forward.run({ ...weightValues, ...feeds })
          members.forEach((m, row) => encoded[side].data.set((embeddings.data as Float32Array).subarray(row * a.dim, (row + 1) * a.dim), m * a.dim))
        }
        const out = await lossSession.run({ queries: encoded.query, ...(texts.docs ? { docs: encoded.doc } : {}), ...objective.feeds(batch) })
        for (const { side, members, feeds } of pieces) {
          const upstream = rowsOf(members.length)
          members.forEach((m, row) => upstream.data.set((out[UPSTREAM[side]].data as Float32Array).subarray(m * a.dim, (m + 1) * a.dim), row * a.dim))
          const tower = towerOf(side)
          const back = await tower.backward.run({ ...weightValues, ...tower.sink.feeds, ...feeds, upstream }, tower.sink.into)
          tower.sink.take(feeds, back)
          last.set(tower, back)
        }
        outputs.push(out)
      }
      return { outputs, squaredNorm: [...last].reduce((sum, [tower, back]) => sum + tower.sink.squaredNorm(back), 0) }
    },
    async close() {
      await lossSession.close()
      for (const { forward, backward } of towers) {
        await forward.close()
        await backward.close()
      }
    },
  }
}

type Tower = Awaited<ReturnType<typeof openTower>>

/** The two passes of one encoder over a piece: embeddings, and gradients for a given gradient of the embeddings. */
async function openTower<Batch>(o: EngineOptions<Batch>, side: Side) {
  const { architecture: a, dropout } = o
  const encode = (g: Graph) => {
    const weights = weightInputs(g, modelSpecs(a))
    return { weights, embeddings: encoderGraph(g, a, towerViews(a, weights, side), 'x', dropout) }
  }
  const forwardGraph = new Graph()
  forwardGraph.output('embeddings', encode(forwardGraph).embeddings)
  const g = new Graph()
  const { weights, embeddings } = encode(g)
  const carried = g.sum(g.mul(embeddings, g.input('upstream', embeddings.shape)))
  const sink = addGradients(g, carried, { ...o, weights, isTrained: (name) => o.isTrained(name) && name.startsWith(towerPrefix(a, side)), sums: true })
  return { sink, forward: await openSession(forwardGraph, o), backward: await openSession(g, o) }
}
