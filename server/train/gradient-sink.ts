// Where gradients end up: graph outputs written straight into the flat buffer, and embedding rows summed outside of the graph. Called by gradient-engine.ts.
import { gradients, rowUpdates, type RowUpdates } from '@/server/graph/backward'
import type { Graph } from '@/server/graph/graph'
import type { TensorData } from '@/server/graph/session'
import type { Value } from '@/server/graph/ops'
import type { Architecture } from '@/server/model/architecture'
import { weightFeeds, type WeightValues } from '@/server/model/encoder-graph'
import { viewsOf } from '@/server/model/weights'
import { createRowScatter, type RowScatter } from './row-scatter'
import type { TrainState } from './state'

/**
 * Sum of numbers that belong to weights in the order of the model, the last one first. onnxruntime computes what a sum needs in its order: from
 * the top, each gradient is made as soon as it can be and frees the activations that it reads; from the bottom, all would wait for the lowest.
 */
export const sumFromTheTop = (g: Graph, values: readonly Value[]) => values.toReversed().reduce((a, b) => g.add(a, b))

export interface GradientSink {
  /** Feeds and fetches that every run of the graph needs. */
  feeds: Record<string, TensorData>
  into: Record<string, TensorData>
  /** Starts a step: clears the rows of embedding tables that the step before touched, and with `sums` everything else. */
  clear(): void
  /** Takes what a run of the graph left in its outputs: the row updates of embedding tables. */
  take(feeds: Record<string, TensorData>, out: Record<string, TensorData>): void
  /** Sum of squares of all gradients, after the last run of a step. */
  squaredNorm(out: Record<string, TensorData>): number
}

/**
 * Adds the gradients of `loss` to a graph, for the weights that `isTrained` selects.
 * With `sums` a run adds to what state.gradients holds, so that several runs make one step; without, it overwrites.
 */
export function addGradients(g: Graph, loss: Value, i: { architecture: Architecture; weights: WeightValues; state: TrainState; isTrained: (name: string) => boolean; sums: boolean }): GradientSink {
  const names = [...i.weights.keys()].filter(i.isTrained)
  const views = weightFeeds(i.architecture, viewsOf(i.state.layout, i.state.gradients))
  const into: Record<string, TensorData> = {}
  const feeds: Record<string, TensorData> = {}
  const tables: EmbeddingTable[] = []
  const squares: Value[] = []
  i.state.gradients.fill(0)
  gradients(g, loss, names.map((name) => i.weights.get(name)!)).forEach((gradient, at) => {
    const name = names[at]
    const view = views.get(name)!
    const updates = rowUpdates(g, gradient)
    if (updates) return tables.push({ scatter: createRowScatter(view.data, view.shape[1]), updates: updates.map((u) => outputRows(g, u)) })
    const output = `gradient of ${name}`
    into[output] = view
    let total = gradient
    if (i.sums) {
      // fed from the memory that it is written to: each element is read before it is overwritten
      const before = `sum of ${name}`
      feeds[before] = view
      total = g.add(g.input(before, view.shape), gradient)
    }
    g.output(output, total)
    squares.push(g.sumSquares(total))
  })
  if (squares.length) g.output('squared norm', sumFromTheTop(g, squares))
  return {
    feeds,
    into,
    clear() {
      for (const { scatter } of tables) scatter.clear()
      if (i.sums) for (const { data } of Object.values(into)) data.fill(0)
    },
    take(fed, out) {
      for (const { scatter, updates } of tables) for (const { ids, rows, padding } of updates) scatter.add(fed[ids].data, out[rows].data as Float32Array, padding)
    },
    squaredNorm: (out) => tables.reduce((sum, { scatter }) => sum + scatter.squaredNorm(), out['squared norm']?.data[0] ?? 0),
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
