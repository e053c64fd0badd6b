// AdamW and LAMB as part of a graph, for weights that stay on a device. Formulas: optimizer.ts, whose kernels do the same in this process's memory.
// Called by resident-trainer.ts.
import type { Graph } from '@/server/graph/graph'
import type { TensorData } from '@/server/graph/session'
import type { Value } from '@/server/graph/ops'
import { paddedElements, type Layout } from '@/server/model/weights'
import { adamwStepSize, BETA1, BETA2, EPSILON, MAX_WEIGHT_NORM } from './optimizer'
import type { TrainerSettings } from './trainer'

/** Weights and moments, each [layout.size, 1]. */
export interface FlatState {
  weights: Value
  m: Value
  v: Value
}

/** Rows of the flat buffer that each tensor takes, its padding included. */
export const paddedSizes = ({ specs }: Layout) => specs.map(({ shape }) => paddedElements(shape))

/** Inputs that updatedState declares. */
const UPDATE_FEEDS = ['step size', 'share that decay keeps', 'decay']

/** The state after a step with a gradient [layout.size, 1] that is clipped already. Tensors for which `isTrained` is false stay as they are. */
export function updatedState(g: Graph, layout: Layout, { weights, m, v }: FlatState, gradient: Value, { kind, isTrained }: { kind: TrainerSettings['optimizer']; isTrained(name: string): boolean }): FlatState {
  const newM = g.add(g.mul(m, g.scalar(BETA1)), g.mul(gradient, g.scalar(1 - BETA1)))
  const newV = g.add(g.mul(v, g.scalar(BETA2)), g.mul(g.mul(gradient, gradient), g.scalar(1 - BETA2)))
  const direction = g.div(newM, g.add(g.sqrt(newV), g.scalar(EPSILON)))
  const [stepSize, kept, decay] = UPDATE_FEEDS.map((name) => g.input(name, [1]))
  const moved = kind === 'adamw' ? onDecayed(g, layout, g.sub(weights, g.mul(direction, stepSize)), (x) => g.mul(x, kept)) : lamb(g, layout, weights, direction, { stepSize, decay })
  return { weights: layout.specs.every(({ name }) => isTrained(name)) ? moved : chosenTensors(g, layout, moved, weights, isTrained), m: newM, v: newV }
}

/** Feeds for updatedState in update number `t`, from 1. */
export function updateFeeds({ optimizer, weightDecay }: Pick<TrainerSettings, 'optimizer' | 'weightDecay'>, learningRate: number, t: number): Record<string, TensorData> {
  const values = [optimizer === 'adamw' ? adamwStepSize(learningRate, t) : learningRate, 1 - learningRate * weightDecay, weightDecay]
  return Object.fromEntries(UPDATE_FEEDS.map((name, i) => [name, { data: Float32Array.of(values[i]), shape: [1] }]))
}

/** `change` made on the part of a flat buffer whose weights decay. */
function onDecayed(g: Graph, { size, decayedSize }: Layout, x: Value, change: (part: Value) => Value): Value {
  const [decayed, rest] = g.split(x, [decayedSize, size - decayedSize])
  return g.concat([change(decayed), rest])
}

function lamb(g: Graph, layout: Layout, weights: Value, direction: Value, { stepSize, decay }: { stepSize: Value; decay: Value }): Value {
  const sizes = paddedSizes(layout)
  const [decayedWeights] = g.split(weights, [layout.decayedSize, layout.size - layout.decayedSize])
  const update = onDecayed(g, layout, direction, (part) => g.add(part, g.mul(decayedWeights, decay)))
  const weightPieces = g.split(weights, sizes)
  const norm = (x: Value) => g.sqrt(g.sumSquares(x))
  const scaled = g.split(update, sizes).map((piece, i) => {
    const [weightNorm, updateNorm] = [norm(weightPieces[i]), norm(piece)]
    const isShort = g.less(weightNorm, g.scalar(MAX_WEIGHT_NORM))
    const bounded = g.add(g.mul(isShort, weightNorm), g.mul(g.sub(g.scalar(1), isShort), g.scalar(MAX_WEIGHT_NORM)))
    const hasNorms = g.mul(g.less(g.scalar(0), weightNorm), g.less(g.scalar(0), updateNorm))
    const lacksNorms = g.sub(g.scalar(1), hasNorms)
    const trust = g.add(g.mul(hasNorms, g.div(bounded, g.add(updateNorm, lacksNorms))), lacksNorms) // 1 where a norm is 0
    return g.mul(piece, trust)
  })
  return g.sub(weights, g.mul(g.concat(scaled), stepSize))
}

/** Tensors of `changed` where they are trained, else of `before`. */
function chosenTensors(g: Graph, layout: Layout, changed: Value, before: Value, isTrained: (name: string) => boolean): Value {
  const sizes = paddedSizes(layout)
  const [after, old] = [g.split(changed, sizes), g.split(before, sizes)]
  return g.concat(layout.specs.map(({ name }, i) => (isTrained(name) ? after[i] : old[i])))
}
