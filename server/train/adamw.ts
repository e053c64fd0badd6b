// AdamW over one flat buffer, as a graph that updates weights and moments in place. Called by trainer.ts.
// Hugging Face's AdamW (transformers 4.7, optimization.py), which the original uses: bias correction in the step size, epsilon
// outside of it, decoupled decay after the update:
//   m <- b1 m + (1 - b1) g;  v <- b2 v + (1 - b2) g^2;  w <- w - lr sqrt(1 - b2^t) / (1 - b1^t) m / (sqrt(v) + eps);  w <- w - lr wd w
// Loshchilov and Hutter 2019, "Decoupled Weight Decay Regularization", differs only in where epsilon stands.
import { Graph } from '@/server/graph/graph'
import { openSession } from '@/server/graph/onnx'

const BETA1 = 0.9
const BETA2 = 0.999
const EPSILON = 1e-8
/** Floats per run of the graph: four arrays of this stay in the second-level cache (128 Ki floats measured best by the prototype). */
const CHUNK = 131_072

export interface AdamWBuffers {
  weights: Float32Array
  gradients: Float32Array
  /** First and second moments. */
  m: Float32Array
  v: Float32Array
}

export interface AdamW {
  /** Update number `t` (from 1). Gradients are multiplied by `gradientScale` (clipping) first. */
  update(options: { t: number; learningRate: number; gradientScale: number }): Promise<void>
  close(): Promise<void>
}

/** Opens the optimizer over buffers of one layout; floats [0, decayedSize) are decayed. */
export async function openAdamW(buffers: AdamWBuffers, options: { decayedSize: number; weightDecay: number; threads: number }): Promise<AdamW> {
  const session = await openSession(updateGraph(), { threads: options.threads })
  const { weights, gradients, m, v } = buffers
  const chunks: { from: number; to: number; decayed: boolean }[] = []
  for (const [start, end, decayed] of [[0, options.decayedSize, true], [options.decayedSize, weights.length, false]] as const)
    for (let from = start; from < end; from += CHUNK) chunks.push({ from, to: Math.min(end, from + CHUNK), decayed })
  const scalar = (x: number) => ({ data: Float32Array.of(x), shape: [] })

  return {
    async update({ t, learningRate, gradientScale }) {
      const stepSize = scalar((learningRate * Math.sqrt(1 - BETA2 ** t)) / (1 - BETA1 ** t))
      const scale = scalar(gradientScale)
      for (const { from, to, decayed } of chunks) {
        const part = (x: Float32Array) => ({ data: x.subarray(from, to), shape: [to - from] })
        const kept = scalar(decayed ? 1 - learningRate * options.weightDecay : 1)
        const state = { w: part(weights), m: part(m), v: part(v) }
        await session.run({ ...state, g: part(gradients), scale, stepSize, kept }, { 'new w': state.w, 'new m': state.m, 'new v': state.v })
      }
    },
    close: () => session.close(),
  }
}

function updateGraph(): Graph {
  const g = new Graph()
  const [w, m, v, raw] = ['w', 'm', 'v', 'g'].map((name) => g.input(name, ['n']))
  const [scale, stepSize, kept] = ['scale', 'stepSize', 'kept'].map((name) => g.input(name, []))
  const grad = g.mul(raw, scale)
  const newM = g.add(g.mul(m, g.scalar(BETA1)), g.mul(grad, g.scalar(1 - BETA1)))
  const newV = g.add(g.mul(v, g.scalar(BETA2)), g.mul(g.mul(grad, grad), g.scalar(1 - BETA2)))
  const moved = g.sub(w, g.div(g.mul(newM, stepSize), g.add(g.sqrt(newV), g.scalar(EPSILON))))
  g.output('new m', newM)
  g.output('new v', newV)
  g.output('new w', g.mul(moved, kept))
  return g
}
