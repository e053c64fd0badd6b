// One round of training in a device's memory as a graph: a batch's gradient, and the update where the batch is its step's last. Called by resident-trainer.ts.
import { gradients } from '@/server/graph/backward'
import { Graph } from '@/server/graph/graph'
import type { Loop, TensorData } from '@/server/graph/session'
import type { Value } from '@/server/graph/ops'
import { weightFeeds } from '@/server/model/encoder-graph'
import { elements, viewsOf } from '@/server/model/weights'
import { sumFromTheTop } from './gradient-sink'
import { engineOptions, lossGraph, type EngineOptions } from './gradient-engine'
import { paddedSizes, updatedState } from './optimizer-graph'
import { recomputedGradients, type BatchGraph } from './recomputed-gradients'
import type { TrainState } from './state'
import type { TrainerOptions, TrainerSettings } from './trainer'

/** PyTorch's GradScaler: after so many updates without an overflow the loss scale is doubled, after one it is halved. */
const UPDATES_TO_DOUBLE = 2000

/** Names of what each round puts out as rows, beside what the objective does. */
export const LOSS = 'loss'
export const NORM = 'norm'
export const SCALE = 'loss scale'

const [IS_FIRST, IS_LAST] = ['is first of its step', 'is last of its step']
const after = (name: string) => `${name} after`
export const rowsOf = (name: string) => `${name} as rows`

export interface Round {
  graph: Graph
  loop: Loop
  /** The arrays that are carried from round to round, under the names of the loop. */
  carried: Record<string, TensorData>
}

/** Feeds of a round for its place among its step's batches. */
export function placeFeeds({ accumulation }: Pick<TrainerSettings, 'accumulation'>, index: number): Record<string, TensorData> {
  const flag = (holds: boolean) => ({ data: Float32Array.of(+holds), shape: [1] })
  return accumulation === 1 ? {} : { [IS_FIRST]: flag(index === 0), [IS_LAST]: flag(index === accumulation - 1) }
}

/**
 * The graph of a round: inputs are lossFeeds, updateFeeds and placeFeeds. A step whose loss or gradient is not finite leaves everything as it
 * was and ends the loop; in half precision, where the gradient of a scaled loss may have left its range, the loop goes on with half the scale.
 */
export function buildRound<Batch>(o: TrainerOptions<Batch>): Round {
  const { state, settings } = o
  const { layout } = state
  const options = engineOptions(o)
  const g = new Graph()
  const carried: Round['carried'] = {}
  const carries: [string, string][] = []
  const carriedInput = (name: string, data: Float32Array): Value => {
    const shape = data.length === 1 ? [1] : [data.length, 1]
    carried[name] = { data, shape }
    return g.input(name, shape)
  }
  const carry = (name: string, value: Value) => {
    g.output(after(name), value)
    carries.push([name, after(name)])
  }
  const both = (a: Value, b: Value) => g.mul(a, b)
  const not = (a: Value) => g.sub(g.scalar(1), a)
  const isFinite = (x: Value) => g.reshape(g.less(x, g.scalar(Infinity)), [1])

  const flat = { weights: carriedInput('weights', state.weights), m: carriedInput('m', state.m), v: carriedInput('v', state.v) }
  const tensors = cutTensors(g, o, flat.weights)
  const scale = settings.precision === 'half' ? carriedInput(SCALE, state.lossScale.subarray(0, 1)) : null
  const scaled = (loss: Value) => (scale ? g.reshape(g.mul(loss, scale), []) : loss)
  const trained = tensors.filter(({ name }) => options.isTrained(name))
  const weights = new Map(tensors.map(({ name, value }) => [name, value]))
  const differentiate = settings.cachedChunkTokens ? recomputedGradients : wholeGradients
  const { loss, totals: found } = differentiate(g, options, { weights, trained: trained.map(({ value }) => value), chunks: o.chunks, scaled })
  const collected = new Map([...g.outputs, [LOSS, loss]])
  let totals = found
  let isLast: Value | null = null
  if (settings.accumulation > 1) {
    const isFirst = g.input(IS_FIRST, [1])
    isLast = g.input(IS_LAST, [1])
    const before = new Map(cutTensors(g, o, carriedInput('sum', state.gradients)).map(({ name, value }) => [name, value]))
    totals = totals.map((gradient, i) => {
      const sum = before.get(trained[i].name)!
      return g.add(g.select(isFirst, zerosLike(g, sum), sum), gradient)
    })
  }
  /** What the sum of a step's gradients is to be divided by. */
  const divisor = scale ? g.mul(scale, g.scalar(settings.accumulation)) : g.scalar(settings.accumulation)
  const norm = g.reshape(g.div(g.sqrt(sumFromTheTop(g, totals.map((total) => g.sumSquares(total)))), divisor), [1])
  collected.set(NORM, norm)
  const total = joinTensors(g, tensors, new Map(totals.map((value, i) => [trained[i].name, value])))
  const gradient = g.mul(total, g.div(clipFactor(g, norm, settings.clipNorm), divisor))
  const updated = updatedState(g, layout, flat, gradient, { kind: settings.optimizer, isTrained: options.isTrained })
  const [hasLoss, hasNorm] = [isFinite(loss), isFinite(norm)]
  const isSound = both(hasLoss, hasNorm)
  const isMade = isLast ? both(isSound, isLast) : isSound
  for (const name of ['weights', 'm', 'v'] as const) carry(name, g.select(isMade, updated[name], flat[name]))
  if (isLast) carry('sum', total)

  let goesOn = isSound
  if (scale) {
    collected.set(SCALE, scale)
    const made = carriedInput('updates with this scale', state.lossScale.subarray(1))
    const isDoubled = both(isMade, g.less(g.scalar(UPDATES_TO_DOUBLE - 1.5), made))
    const isHalved = isLast ? both(not(isSound), isLast) : not(isSound)
    carry(SCALE, g.mul(scale, g.sub(g.add(g.scalar(1), isDoubled), g.mul(isHalved, g.scalar(0.5)))))
    carry('updates with this scale', g.mul(g.add(made, isMade), both(not(isDoubled), not(isHalved))))
    goesOn = both(hasLoss, not(both(not(hasNorm), not(g.less(g.scalar(1), scale)))))
  }
  g.output('goes on', goesOn)
  for (const [name, value] of collected) g.output(rowsOf(name), g.reshape(value, [`rows of ${name}`, 1]))
  return { graph: g, loop: { carried: carries, goesOn: 'goes on', collected: [...collected.keys()].map(rowsOf) }, carried }
}

/** The same as recomputedGradients, in one pass, with the activations of the whole batch held. */
function wholeGradients<Batch>(g: Graph, options: EngineOptions<Batch>, { weights, trained, chunks, scaled }: BatchGraph): { loss: Value; totals: Value[] } {
  const loss = lossGraph(g, options, weights, chunks)
  return { loss, totals: gradients(g, scaled(loss), trained) }
}

/** A tensor, cut out of a flat buffer. */
interface CutTensor {
  name: string
  value: Value
  /** What follows it in the buffer up to the next one, [n, 1]: padding, and token types that are not read. */
  rest: Value | null
}

function cutTensors(g: Graph, { architecture, state }: { architecture: TrainerOptions<unknown>['architecture']; state: TrainState }, flat: Value): CutTensor[] {
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

const zerosLike = (g: Graph, like: Value) => g.expandLike(g.scalar(0), like)

/** Tensors at their places in a flat buffer, zero where there are none. */
function joinTensors(g: Graph, tensors: readonly CutTensor[], values: ReadonlyMap<string, Value>): Value {
  const column = (x: Value) => g.reshape(x, [elements(x.shape as number[]), 1])
  return g.concat(tensors.flatMap(({ name, value, rest }) => [column(values.get(name) ?? zerosLike(g, value)), ...(rest ? [zerosLike(g, rest)] : [])]))
}

/** min(1, clipNorm / norm), as torch's clip_grad_norm_. */
function clipFactor(g: Graph, norm: Value, clipNorm: number): Value {
  const factor = g.div(g.scalar(clipNorm), g.add(norm, g.scalar(1e-6)))
  const isLong = g.less(factor, g.scalar(1))
  return g.add(g.mul(isLong, factor), g.sub(g.scalar(1), isLong))
}
