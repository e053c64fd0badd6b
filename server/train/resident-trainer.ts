// Training with weights and moments that stay in a device's memory: many steps, updates included, are one call. Called by trainer.ts.
import { gradients } from '@/server/graph/backward'
import { Graph } from '@/server/graph/graph'
import { openLoop, type ChosenDevice, type TensorData } from '@/server/graph/session'
import type { Value } from '@/server/graph/ops'
import { elements, viewsOf } from '@/server/model/weights'
import { weightFeeds } from '@/server/model/encoder-graph'
import { mixSeed } from '@/server/random/random'
import { engineOptions, lossFeeds, lossGraph } from './gradient-engine'
import type { PlannedObjective } from './objective'
import { paddedSizes, updatedState, updateFeeds, type FlatState } from './optimizer-graph'
import { DROPOUT, type StepReport, type Trainer, type TrainerOptions } from './trainer'

/** Weights and both moments go to the device and back once for so many steps. */
const STEPS_AT_ONCE = 32

const STATE = ['weights', 'm', 'v'] as const
const after = (name: string) => `${name} after`
const rowsOf = (name: string) => `${name} as rows`

export type ResidentOptions<Batch> = TrainerOptions<Batch> & { device?: Exclude<ChosenDevice, 'tfjs'>; objective: PlannedObjective<Batch> }

/** A trainer for steps of one batch. The same updates as the host's, but for the order of sums. */
export async function openResidentTrainer<Batch>(o: ResidentOptions<Batch>): Promise<Trainer<Batch>> {
  const { state, settings, objective, chunks } = o
  const { layout } = state
  const options = engineOptions(o)
  const g = new Graph()
  const flat = Object.fromEntries(STATE.map((name) => [name, g.input(name, [layout.size, 1])])) as Record<keyof FlatState, Value>
  const tensors = cutTensors(g, o, flat.weights)
  const loss = lossGraph(g, options, new Map(tensors.map(({ name, value }) => [name, value])), chunks)
  const outputNames = [...g.outputs.keys()]

  const { gradient, norm } = flatGradient(g, loss, tensors, options.isTrained)
  const isFinite = g.reshape(g.mul(g.less(loss, g.scalar(Infinity)), g.less(norm, g.scalar(Infinity))), [1])
  const updated = updatedState(g, layout, flat, g.mul(gradient, clipFactor(g, norm, settings.clipNorm)), { kind: settings.optimizer, isTrained: options.isTrained })
  for (const name of STATE) g.output(after(name), g.select(isFinite, updated[name], flat[name]))
  g.output('is finite', isFinite)
  for (const [name, value] of [['loss', loss], ['norm', norm], ...outputNames.map((name) => [name, g.outputs.get(name)!])] as [string, Value][]) g.output(rowsOf(name), g.reshape(value, [`rows of ${name}`, 1]))
  const collected = ['loss', 'norm', ...outputNames].map(rowsOf)
  const loop = await openLoop(g, { carried: STATE.map((name) => [name, after(name)]), goesOn: 'is finite', collected }, o)
  const carried = Object.fromEntries(STATE.map((name) => [name, { data: state[name], shape: [layout.size, 1] }]))

  return {
    stepsAtOnce: STEPS_AT_ONCE,
    async steps(steps) {
      const rounds = steps.map(({ batches: [batch], step, learningRate }) => ({ ...lossFeeds(options, batch, chunks, mixSeed(o.seed, DROPOUT, step), 0), ...updateFeeds(settings, learningRate, step + 1) }))
      const rows = await loop.run(carried, rounds)
      const [losses, norms] = ['loss', 'norm'].map((name) => rows[rowsOf(name)])
      const at: Record<string, number> = {}
      return Array.from(losses, (loss, i): StepReport => {
        const outputs = Object.entries(objective.outputShapes(steps[i].batches[0])).map(([name, shape]): [string, TensorData] => {
          const from = at[name] ?? 0
          at[name] = from + elements(shape)
          return [name, { data: rows[rowsOf(name)].subarray(from, at[name]), shape }]
        })
        return { loss, gradientNorm: norms[i], outputs: [{ loss: { data: Float32Array.of(loss), shape: [] }, ...Object.fromEntries(outputs) }] }
      })
    },
    parameterNorm: () => Math.sqrt(state.weights.reduce((sum, x) => sum + x * x, 0)),
    close: () => loop.close(),
  }
}

/** A weight, cut out of the flat buffer. */
interface CutTensor {
  name: string
  value: Value
  /** What follows it in the buffer up to the next one, [n, 1]: padding, and token types that are not read. */
  rest: Value | null
}

function cutTensors(g: Graph, { architecture, state }: Pick<ResidentOptions<unknown>, 'architecture' | 'state'>, flat: Value): CutTensor[] {
  const read = weightFeeds(architecture, viewsOf(state.layout, state.weights))
  const sizes = paddedSizes(state.layout)
  return g.split(flat, sizes).map((piece, i) => {
    const { name } = state.layout.specs[i]
    const { shape } = read.get(name)!
    const used = elements(shape)
    const [values, rest] = used === sizes[i] ? [piece, null] : g.split(piece, [used, sizes[i] - used])
    return { name, value: g.reshape(values, shape), rest }
  })
}

/** Gradients in the flat buffer's places, zero where nothing is trained, and their norm. */
function flatGradient(g: Graph, loss: Value, tensors: readonly CutTensor[], isTrained: (name: string) => boolean): { gradient: Value; norm: Value } {
  const trained = tensors.filter(({ name }) => isTrained(name))
  const found = new Map(gradients(g, loss, trained.map(({ value }) => value)).map((gradient, i) => [trained[i].name, gradient]))
  const zeros = (like: Value) => g.expandLike(g.scalar(0), like)
  const column = (x: Value) => g.reshape(x, [elements(x.shape as number[]), 1])
  const parts = tensors.flatMap(({ name, value, rest }) => [column(found.get(name) ?? zeros(value)), ...(rest ? [zeros(rest)] : [])])
  const squares = [...found.values()].map((gradient) => g.sumSquares(gradient)).reduce((a, b) => g.add(a, b))
  return { gradient: g.concat(parts), norm: g.sqrt(squares) }
}

/** min(1, clipNorm / norm), as torch's clip_grad_norm_. */
function clipFactor(g: Graph, norm: Value, clipNorm: number): Value {
  const factor = g.div(g.scalar(clipNorm), g.add(norm, g.scalar(1e-6)))
  const isLong = g.less(factor, g.scalar(1))
  return g.add(g.mul(isLong, factor), g.sub(g.scalar(1), isLong))
}
