// Cached gradients (Gao et al. 2021, see gradient-engine.ts) as one graph, for devices on which a step is one call: chunks are encoded, the loss gives
// the gradients of their embeddings, then each chunk is encoded once more, after the one before it has been carried back. Called by resident-round.ts.
import { gradients } from '@/server/graph/backward'
import type { Graph } from '@/server/graph/graph'
import type { Value } from '@/server/graph/ops'
import { drops, NO_DROPOUT, type Dropout } from '@/server/model/dropout'
import { towerViews } from '@/server/model/weights'
import type { WeightValues } from '@/server/model/encoder-graph'
import { encodeChunk, joinChunks, type ChunkCounts } from './chunks'
import type { EngineOptions } from './gradient-engine'

/** A number [1, 1] that is there when a sum of gradients is: a chunk waits for every one of the chunk before, whose activations are held until it is made. */
function ofFirstRow(g: Graph, value: Value): Value {
  const rows = value.shape[0] as number
  const row = rows === 1 ? value : g.split(value, [1, rows - 1])[0]
  return g.reshape(g.sum(row), [1, 1])
}

export interface BatchGraph {
  weights: WeightValues
  /** Those of them whose gradients are wanted. */
  trained: readonly Value[]
  chunks: ChunkCounts
  /** The loss as it is differentiated. */
  scaled(loss: Value): Value
}

/** The loss of a batch and its gradients with respect to `trained`; at any time the activations of one chunk are held. */
export function recomputedGradients<Batch>(g: Graph, { architecture: a, objective, dropout }: EngineOptions<Batch>, i: BatchGraph): { loss: Value; totals: Value[] } {
  const sides = [{ prefix: 'q', count: i.chunks.queries, tower: towerViews(a, i.weights, 'query') }, ...(objective.encodesDocs ? [{ prefix: 'd', count: i.chunks.docs, tower: towerViews(a, i.weights, 'doc') }] : [])]
  const chunks = sides.flatMap(({ prefix, count, tower }) => Array.from({ length: count }, (_, c) => ({ prefix, tower: new Set(tower.values()), encode: (dropped: Dropout) => encodeChunk(g, a, tower, prefix, c, dropped) })))
  const parts = chunks.map(({ encode }) => encode(dropout))
  const joined = ({ prefix }: { prefix: string }) => joinChunks(g, prefix, parts.filter((_, c) => chunks[c].prefix === prefix))
  const queries = joined(sides[0])
  const undropped = () => g.rebuild((input) => input, () => joinChunks(g, 'q', chunks.filter(({ prefix }) => prefix === 'q').map(({ encode }) => encode(NO_DROPOUT))))
  const loss = objective.build(g, { queries, docs: sides[1] ? joined(sides[1]) : null, undropped: () => (drops(dropout) ? undropped() : queries) })
  const upstream = gradients(g, i.scaled(loss), parts)
  let before: Value = loss
  const totals: (Value | null)[] = i.trained.map(() => null)
  chunks.forEach(({ encode, tower }, c) => {
    const again = g.rebuild((input) => g.after(input, before), () => encode(dropout))
    const found = i.trained.flatMap((weight, at) => (tower.has(weight) ? [{ weight, at }] : []))
    const gradient = gradients(g, again, found.map(({ weight }) => weight), upstream[c])
    found.forEach(({ at }, n) => {
      const sum = totals[at]
      totals[at] = sum ? g.add(sum, gradient[n]) : gradient[n]
    })
    before = g.sum(g.concat(found.map(({ at }) => ofFirstRow(g, totals[at]!))))
  })
  return { loss, totals: totals.map((total) => total!) }
}
