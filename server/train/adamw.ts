// AdamW over one flat buffer, and the memory that weights, gradients and moments live in. Called by trainer.ts.
// Hugging Face's AdamW (transformers 4.7, optimization.py), which the original uses: bias correction in the step size, epsilon
// outside of it, decoupled decay after the update:
//   m <- b1 m + (1 - b1) g;  v <- b2 v + (1 - b2) g^2;  w <- w - lr sqrt(1 - b2^t) / (1 - b1^t) m / (sqrt(v) + eps);  w <- w - lr wd w
// Loshchilov and Hutter 2019, "Decoupled Weight Decay Regularization", differs only in where epsilon stands.
import wabt from 'wabt'
import { AppError } from '@/contract/errors'
import { weightSpecs, type Architecture } from '@/server/model/architecture'
import { layoutOf, type Layout } from '@/server/model/weights'
import { KERNEL } from './adamw-kernel'

const BETA1 = 0.9
const BETA2 = 0.999
const EPSILON = 1e-8
const PAGE_BYTES = 65_536
/** WebAssembly addresses 4 GiB: four arrays of 268 M weights. */
const MAX_PAGES = 65_536

/** What is learned and what the optimizer remembers, each one flat array of the layout, side by side in one WebAssembly memory. */
export interface TrainState {
  layout: Layout
  weights: Float32Array
  gradients: Float32Array
  /** First and second moments. */
  m: Float32Array
  v: Float32Array
  memory: WebAssembly.Memory
}

/** A state of zeros for an encoder. Throws AppError bad-input where the model is too large for it. */
export function createState(architecture: Architecture): TrainState {
  const layout = layoutOf(weightSpecs(architecture))
  const bytes = layout.size * 4
  const pages = Math.ceil((4 * bytes) / PAGE_BYTES)
  if (pages > MAX_PAGES) throw new AppError('bad-input', `The encoder has ${layout.size} weights; training holds at most ${(MAX_PAGES * PAGE_BYTES) / 16}: choose fewer layers or a smaller hidden size`)
  const memory = new WebAssembly.Memory({ initial: pages })
  const [weights, gradients, m, v] = [0, 1, 2, 3].map((i) => new Float32Array(memory.buffer, i * bytes, layout.size))
  return { layout, weights, gradients, m, v, memory }
}

/** Applies update number `t` (from 1). Gradients are multiplied by `gradientScale` (clipping) first. */
export type AdamW = (options: { t: number; learningRate: number; gradientScale: number }) => void

type Update = (w: number, g: number, m: number, v: number, end: number, scale: number, beta1: number, beta2: number, stepSize: number, epsilon: number, kept: number) => void

/** Makes the optimizer of a state; only floats [0, layout.decayedSize) are decayed. */
export async function createAdamW({ layout, weights, gradients, m, v, memory }: TrainState, { weightDecay }: { weightDecay: number }): Promise<AdamW> {
  const { instance } = await WebAssembly.instantiate(await compileKernel(), { host: { memory } })
  const update = instance.exports.update as Update
  return ({ t, learningRate, gradientScale }) => {
    const stepSize = (learningRate * Math.sqrt(1 - BETA2 ** t)) / (1 - BETA1 ** t)
    for (const [from, to, decay] of [[0, layout.decayedSize, weightDecay], [layout.decayedSize, layout.size, 0]]) {
      if (from === to) continue // the kernel's loop runs at least once
      const [w, g, mo, vo] = [weights, gradients, m, v].map((x) => x.byteOffset + 4 * from)
      update(w, g, mo, vo, w + 4 * (to - from), gradientScale, BETA1, BETA2, stepSize, EPSILON, 1 - learningRate * decay)
    }
  }
}

async function compileKernel(): Promise<BufferSource> {
  const { parseWat } = await wabt()
  const module = parseWat('adamw', KERNEL, { simd: true })
  try {
    return Uint8Array.from(module.toBinary({}).buffer)
  } finally {
    module.destroy()
  }
}
