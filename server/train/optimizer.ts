// AdamW and LAMB over one flat buffer. Called by trainer.ts after the gradients of a step are there.
import wabt from 'wabt'
import { paddedElements } from '@/server/model/weights'
import { KERNELS } from './optimizer-kernels'
import type { TrainState } from './state'

export const BETA1 = 0.9
export const BETA2 = 0.999
export const EPSILON = 1e-8
/** LAMB's bound on the norm of a tensor's weights (DRhard, lamb.py). */
export const MAX_WEIGHT_NORM = 10

/** AdamW's step size with bias correction for update number `t`, from 1. */
export const adamwStepSize = (learningRate: number, t: number) => (learningRate * Math.sqrt(1 - BETA2 ** t)) / (1 - BETA1 ** t)

export interface Optimizer {
  /** Applies update number `t` (from 1). Gradients are multiplied by `gradientScale` (clipping) first. */
  update(options: { t: number; learningRate: number; gradientScale: number }): void
  /** Euclidean norm of all weights. */
  parameterNorm(): number
}

interface OptimizerOptions {
  kind: 'adamw' | 'lamb'
  weightDecay: number
  /** Tensors that stay as they are: no update, no decay, no moments. */
  isFrozen(name: string): boolean
}

interface Kernels {
  adamw(w: number, g: number, m: number, v: number, end: number, scale: number, beta1: number, beta2: number, stepSize: number, epsilon: number, kept: number): void
  lambMoments(w: number, g: number, m: number, v: number, end: number, scale: number, beta1: number, beta2: number, epsilon: number, decay: number): [number, number]
  lambApply(w: number, m: number, v: number, end: number, epsilon: number, decay: number, stepSize: number): void
  squares(from: number, end: number): number
}

/** Floats [from, to) of the flat buffer with one weight decay. */
interface Span {
  from: number
  to: number
  decay: number
}

/** Makes the optimizer of a state; only tensors marked as decayed are decayed. */
export async function createOptimizer({ layout, weights, gradients, m, v, memory }: TrainState, { kind, weightDecay, isFrozen }: OptimizerOptions): Promise<Optimizer> {
  const { instance } = await WebAssembly.instantiate(await compileKernels(), { host: { memory } })
  const kernels = instance.exports as unknown as Kernels
  const pointers = (from: number) => [weights, gradients, m, v].map((x) => x.byteOffset + 4 * from) as [number, number, number, number]
  const tensors: Span[] = layout.specs.flatMap(({ name, shape, decayed }, i) =>
    isFrozen(name) ? [] : [{ from: layout.offsets[i], to: layout.offsets[i] + paddedElements(shape), decay: decayed ? weightDecay : 0 }],
  )
  const spans = joined(tensors)

  /**
   * Hugging Face's AdamW (transformers 4.7, optimization.py), which the original uses: bias correction in the step size, epsilon
   * outside of it, decoupled decay after the update:
   *   m <- b1 m + (1 - b1) g;  v <- b2 v + (1 - b2) g^2;  w <- w - lr sqrt(1 - b2^t) / (1 - b1^t) m / (sqrt(v) + eps);  w <- w - lr wd w
   * Loshchilov and Hutter 2019, "Decoupled Weight Decay Regularization", differs only in where epsilon stands.
   */
  function adamw({ t, learningRate, gradientScale }: { t: number; learningRate: number; gradientScale: number }): void {
    const stepSize = adamwStepSize(learningRate, t)
    for (const { from, to, decay } of spans) {
      const [w, g, mo, vo] = pointers(from)
      kernels.adamw(w, g, mo, vo, w + 4 * (to - from), gradientScale, BETA1, BETA2, stepSize, EPSILON, 1 - learningRate * decay)
    }
  }

  /**
   * LAMB as DRhard's lamb.py (after You et al. 2020, "Large Batch Optimization for Deep Learning", algorithm 2), without bias correction:
   *   u = m / (sqrt(v) + eps) + wd w;  w <- w - lr min(|w|, 10) / |u| u,  norms per tensor, the ratio 1 where a norm is 0
   */
  function lamb({ learningRate, gradientScale }: { learningRate: number; gradientScale: number }): void {
    for (const { from, to, decay } of tensors) {
      const [w, g, mo, vo] = pointers(from)
      const end = w + 4 * (to - from)
      const [weightSquares, updateSquares] = kernels.lambMoments(w, g, mo, vo, end, gradientScale, BETA1, BETA2, EPSILON, decay)
      const weightNorm = Math.min(Math.sqrt(weightSquares), MAX_WEIGHT_NORM)
      const updateNorm = Math.sqrt(updateSquares)
      const trust = weightNorm === 0 || updateNorm === 0 ? 1 : weightNorm / updateNorm
      kernels.lambApply(w, mo, vo, end, EPSILON, decay, learningRate * trust)
    }
  }

  return {
    update: kind === 'adamw' ? adamw : lamb,
    parameterNorm: () => Math.sqrt(kernels.squares(weights.byteOffset, weights.byteOffset + 4 * weights.length)),
  }
}

/** Neighbours with the same decay as one span. */
function joined(spans: readonly Span[]): Span[] {
  const result: Span[] = []
  for (const span of spans) {
    const last = result[result.length - 1]
    if (last && last.to === span.from && last.decay === span.decay) last.to = span.to
    else result.push({ ...span })
  }
  return result
}

async function compileKernels(): Promise<BufferSource> {
  const { parseWat } = await wabt()
  const module = parseWat('optimizer', KERNELS, { simd: true, multi_value: true })
  try {
    return Uint8Array.from(module.toBinary({}).buffer)
  } finally {
    module.destroy()
  }
}
