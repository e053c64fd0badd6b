// Loss and gradients of batches: the whole batch in one graph, or in pieces with cached embeddings. Called by trainer.ts.
import { gradients } from '@/server/graph/backward'
import { Graph } from '@/server/graph/graph'
import { openSession, type Compute, type TensorData } from '@/server/graph/session'
import type { Architecture, Side } from '@/server/model/architecture'
import { dropoutFeeds, type Dropout } from '@/server/model/dropout'
import { encoderGraph, packFeeds, weightFeeds, weightInputs } from '@/server/model/encoder-graph'
import { pack } from '@/server/model/pack'
import { towerViews, viewsOf } from '@/server/model/weights'
import { mixSeed } from '@/server/random/random'
import { chunkedEncoder, chunkedFeeds, cutByLength, type ChunkCounts } from './chunks'
import { addGradients } from './gradient-sink'
import type { Objective, Tokens } from './objective'
import type { TrainState } from './state'

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

/** One graph from tokens to gradients: the fastest way while its activations fit into memory. */
export async function openWholeEngine<Batch>(o: EngineOptions<Batch> & { chunks: ChunkCounts }): Promise<GradientEngine<Batch>> {
  const { architecture: a, objective, dropout, chunks } = o
  const g = new Graph()
  const weights = weightInputs(g, a)
  const queries = chunkedEncoder(g, a, towerViews(a, weights, 'query'), 'q', chunks.queries, dropout)
  const docs = objective.encodesDocs ? chunkedEncoder(g, a, towerViews(a, weights, 'doc'), 'd', chunks.docs, dropout) : null
  const loss = objective.build(g, { queries, docs })
  g.output('loss', loss)
  const sink = addGradients(g, loss, { ...o, weights, sums: o.accumulates })
  const session = await openSession(g, o)
  const weightValues = Object.fromEntries(weightFeeds(a, viewsOf(o.state.layout, o.state.weights)))
  return {
    async run(batches, seed) {
      sink.clear()
      const outputs: Outputs[] = []
      for (const [i, batch] of batches.entries()) {
        const texts = objective.texts(batch)
        const feeds = {
          ...chunkedFeeds(a, 'q', chunks.queries, texts.queries, dropout, mixSeed(seed, i, 0)),
          ...(texts.docs ? chunkedFeeds(a, 'd', chunks.docs, texts.docs, dropout, mixSeed(seed, i, 1)) : {}),
          ...objective.feeds(batch),
        }
        const out = await session.run({ ...weightValues, ...sink.feeds, ...feeds }, sink.into)
        sink.take(feeds, out)
        outputs.push(out)
      }
      return { outputs, squaredNorm: sink.squaredNorm(outputs[outputs.length - 1]) }
    },
    close: () => session.close(),
  }
}

/** Names of the gradients of the embeddings: of queries, of documents. */
const UPSTREAM = ['gradient of queries', 'gradient of docs']

/** A piece of one side of a batch. */
interface Piece {
  side: Side
  /** Places of its texts in the batch. */
  members: number[]
  feeds: Record<string, TensorData>
  /** [members + 1, dim], the dummy's last. */
  embeddings: Float32Array
}

/**
 * Cached gradients (Gao et al. 2021, "Scaling Deep Contrastive Learning Batch Size under Memory Limited Setup"): every piece of a batch is
 * encoded, the loss gives the gradient of the embeddings, then each piece is encoded again to carry it back. The gradients are those of the
 * whole batch, the memory that of a piece, the time a third more.
 */
export async function openCachedEngine<Batch>(o: EngineOptions<Batch> & { chunkTokens: number }): Promise<GradientEngine<Batch>> {
  const { architecture: a, objective, dropout } = o
  const sides: Side[] = a.towers === 'separate' && objective.encodesDocs ? ['query', 'doc'] : ['query']
  const towers = new Map<Side, Tower>()
  for (const side of sides) towers.set(side, await openTower(o, side))
  const towerOf = (side: Side) => towers.get(side) ?? towers.get('query')!

  const g = new Graph()
  const embeddings = { queries: g.input('queries', ['Q', a.dim]), docs: objective.encodesDocs ? g.input('docs', ['D', a.dim]) : null }
  const loss = objective.build(g, embeddings)
  g.output('loss', loss)
  const wanted = [embeddings.queries, ...(embeddings.docs ? [embeddings.docs] : [])]
  gradients(g, loss, wanted).forEach((gradient, i) => g.output(UPSTREAM[i], gradient))
  const lossSession = await openSession(g, o)
  const weightValues = Object.fromEntries(weightFeeds(a, viewsOf(o.state.layout, o.state.weights)))

  const cut = (side: Side, texts: readonly Tokens[], seed: number): Piece[] => {
    const tokens = texts.reduce((sum, text) => sum + text.length, 0)
    return cutByLength(texts, Math.max(1, Math.min(texts.length, Math.ceil(tokens / o.chunkTokens))))
      .filter((members) => members.length > 0)
      .map((members, i) => {
        const packed = pack(a, members.map((m) => texts[m]))
        return { side, members, feeds: { ...packFeeds(a, 'x', packed), ...dropoutFeeds(a, dropout, 'x', packed, mixSeed(seed, i)) }, embeddings: new Float32Array(0) }
      })
  }

  return {
    async run(batches, seed) {
      for (const tower of towers.values()) tower.sink.clear()
      const outputs: Outputs[] = []
      const squaredNorms = new Map<Side, number>()
      for (const [i, batch] of batches.entries()) {
        const texts = objective.texts(batch)
        const pieces = [...cut('query', texts.queries, mixSeed(seed, i, 0)), ...(texts.docs ? cut('doc', texts.docs, mixSeed(seed, i, 1)) : [])]
        for (const piece of pieces) piece.embeddings = (await towerOf(piece.side).forward.run({ ...weightValues, ...piece.feeds })).embeddings.data as Float32Array
        const gather = (side: Side, count: number) => {
          const all = new Float32Array((count + 1) * a.dim) // the dummy's row stays zero: no loss reads it
          for (const { members, embeddings } of pieces.filter((p) => p.side === side)) members.forEach((m, row) => all.set(embeddings.subarray(row * a.dim, (row + 1) * a.dim), m * a.dim))
          return { data: all, shape: [count + 1, a.dim] }
        }
        const out = await lossSession.run({ queries: gather('query', texts.queries.length), ...(texts.docs ? { docs: gather('doc', texts.docs.length) } : {}), ...objective.feeds(batch) })
        for (const piece of pieces) {
          const upstream = out[UPSTREAM[piece.side === 'query' ? 0 : 1]].data as Float32Array
          const own = new Float32Array((piece.members.length + 1) * a.dim)
          piece.members.forEach((m, row) => own.set(upstream.subarray(m * a.dim, (m + 1) * a.dim), row * a.dim))
          const { sink, backward } = towerOf(piece.side)
          const back = await backward.run({ ...weightValues, ...sink.feeds, ...piece.feeds, upstream: { data: own, shape: [piece.members.length + 1, a.dim] } }, sink.into)
          sink.take(piece.feeds, back)
          squaredNorms.set(a.towers === 'separate' ? piece.side : 'query', sink.squaredNorm(back))
        }
        outputs.push(out)
      }
      return { outputs, squaredNorm: [...squaredNorms.values()].reduce((x, y) => x + y, 0) }
    },
    async close() {
      await lossSession.close()
      for (const { forward, backward } of towers.values()) {
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
    const weights = weightInputs(g, a)
    return { weights, embeddings: encoderGraph(g, a, towerViews(a, weights, side), 'x', dropout) }
  }
  const forwardGraph = new Graph()
  forwardGraph.output('embeddings', encode(forwardGraph).embeddings)
  const g = new Graph()
  const { weights, embeddings } = encode(g)
  const carried = g.sum(g.mul(embeddings, g.input('upstream', embeddings.shape)))
  const isOwn = (name: string) => a.towers === 'shared' || name.startsWith(`${side}.`)
  const sink = addGradients(g, carried, { ...o, weights, isTrained: (name) => o.isTrained(name) && isOwn(name), sums: true })
  return { sink, forward: await openSession(forwardGraph, o), backward: await openSession(g, o) }
}
