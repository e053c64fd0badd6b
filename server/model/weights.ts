// Weights (or gradients, or moments) of an encoder in one flat buffer, with a view per tensor. model/ and train/ share the layout.
import { gaussian } from '@/server/random/random'
import { towerPrefix, type Architecture, type Side, type WeightSpec } from './architecture'

export interface Layout {
  specs: readonly WeightSpec[]
  /** Offset of each tensor in the flat buffer, in floats, in the order of specs. */
  offsets: readonly number[]
  size: number
  /** Floats [0, decayedSize) have weight decay, the rest has none. */
  decayedSize: number
}

/** Lays tensors out in one buffer: decayed ones first, each padded to 64 bytes so that views are aligned for SIMD. */
export function layoutOf(specs: readonly WeightSpec[]): Layout {
  const ordered = [...specs.filter((s) => s.decayed), ...specs.filter((s) => !s.decayed)]
  const offsets: number[] = []
  let size = 0
  let decayedSize = 0
  for (const spec of ordered) {
    offsets.push(size)
    size += paddedElements(spec.shape)
    if (spec.decayed) decayedSize = size
  }
  return { specs: ordered, offsets, size, decayedSize }
}

export const elements = (shape: readonly number[]) => shape.reduce((a, b) => a * b, 1)

/** Floats that a tensor takes in a layout's buffer: its elements, padded to 64 bytes. */
export const paddedElements = (shape: readonly number[]) => Math.ceil(elements(shape) / 16) * 16

/** A view of the flat buffer per tensor name. */
export function viewsOf(layout: Layout, flat: Float32Array): Map<string, { data: Float32Array; shape: readonly number[] }> {
  return new Map(layout.specs.map(({ name, shape }, i) => [name, { data: flat.subarray(layout.offsets[i], layout.offsets[i] + elements(shape)), shape }]))
}

/** One side's tensors of a model, under the names of an encoder. */
export function towerViews<T>(a: Architecture, tensors: ReadonlyMap<string, T>, side: Side): Map<string, T> {
  const prefix = towerPrefix(a, side)
  return new Map(Array.from(tensors).flatMap(([name, tensor]): [string, T][] => (name.startsWith(prefix) ? [[name.slice(prefix.length), tensor]] : [])))
}

/** Fills zeroed weights with random ones as RoBERTa's: normal(0, 0.02) for matrices and embeddings, gains 1, biases 0. */
export function initialiseWeights(layout: Layout, flat: Float32Array, seed: number): void {
  const normal = gaussian(seed)
  layout.specs.forEach(({ shape, kind }, i) => {
    const view = flat.subarray(layout.offsets[i], layout.offsets[i] + elements(shape))
    if (kind === 'gain') view.fill(1)
    else if (kind !== 'bias') for (let j = 0; j < view.length; j++) view[j] = 0.02 * normal()
  })
}
