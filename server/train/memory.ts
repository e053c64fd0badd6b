// How much memory a training step will take, before it is begun. Called by the train step, which refuses what does not fit, and by benchmarks.
import { activationBytes, CHUNK_TOKENS, type BatchSize, type MemorySettings } from '@/contract/training-memory'
import { modelSpecs, weightSpecs, type Architecture } from '@/server/model/architecture'
import { elements } from '@/server/model/weights'

export interface MemoryOptions extends BatchSize {
  architecture: Architecture
  settings: MemorySettings
  /** What the caller holds besides: token files, fixed embeddings. */
  otherBytes?: number
}

export interface MemoryEstimate {
  /** Weights, gradients and two moments. */
  stateBytes: number
  /** What the forward pass keeps for the backward pass, and its working space. */
  activationBytes: number
  /** Node.js, onnxruntime, graphs, and what else the caller holds. */
  otherBytes: number
  totalBytes: number
}

/** Resident size of a step child before it opens a session. */
const BASE_BYTES = 220e6
/** Estimates the peak of a training step. */
export function estimateTrainingMemory({ architecture, settings, queries, docs, otherBytes = 0 }: MemoryOptions): MemoryEstimate {
  const count = (specs: { shape: readonly number[] }[]) => specs.reduce((sum, { shape }) => sum + elements(shape), 0)
  const stateBytes = 16 * count(modelSpecs(architecture))
  const activations = activationBytes(architecture, settings, { queries, docs })
  // packed copies of the largest weights, and the graph itself
  const largestMatrix = Math.max(...weightSpecs(architecture).filter((s) => s.kind === 'matrix').map((s) => elements(s.shape)))
  const total = stateBytes + activations + BASE_BYTES + 8 * largestMatrix + otherBytes
  return { stateBytes, activationBytes: activations, otherBytes: total - stateBytes - activations, totalBytes: total }
}

/** Tokens of the largest cached chunk, a power of two, with which a step fits into `freeBytes`; null where none does. */
export function chunkThatFits(options: MemoryOptions, freeBytes: number): number | null {
  for (let tokens = 16 * CHUNK_TOKENS; tokens >= 64; tokens /= 2)
    if (estimateTrainingMemory({ ...options, settings: { ...options.settings, cachedChunkTokens: tokens } }).totalBytes <= freeBytes) return tokens
  return null
}

/**
 * Tokens of the cached chunk with which a step keeps at most `share` of what it keeps now, for an attempt after one that ran out of memory:
 * the same gradients, in less memory. Null where no chunk is that small.
 */
export function smallerChunk(options: MemoryOptions, share: number): number | null {
  const { totalBytes, activationBytes } = estimateTrainingMemory(options)
  return chunkThatFits(options, totalBytes - (1 - share) * activationBytes)
}
