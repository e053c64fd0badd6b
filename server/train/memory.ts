// How much memory a training step will take, before it is begun. Called by the train step, which refuses what does not fit, and by benchmarks.
import { modelSpecs, weightSpecs, type Architecture } from '@/server/model/architecture'
import { elements } from '@/server/model/weights'
import { CHUNK_TOKENS, chunksFor } from './chunks'
import type { TrainerSettings } from './trainer'

/** One side of a batch. */
export interface SideSize {
  texts: number
  /** Mean and longest length in tokens. */
  meanTokens: number
  longestTokens: number
}

export interface MemoryOptions {
  architecture: Architecture
  settings: Pick<TrainerSettings, 'cachedChunkTokens' | 'hiddenDropout' | 'attentionDropout'>
  queries: SideSize
  /** null where documents are fixed. */
  docs: SideSize | null
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
const BASE_BYTES = 200e6
/** Room that onnxruntime's arena takes beyond what is live at once: fitted to the peaks of nine settings from tiny to RoBERTa-base, which it meets within 15 %. */
const ARENA = 1.25
/** Live copies of a chunk's widest values while one layer is differentiated. */
const WORKING_COPIES = 3

/**
 * Estimates the peak of a training step. Kept per token and layer, in floats: query, key and value in their attention view (3 hidden),
 * attention weights (heads x longest), the inputs of four linear layers and two LayerNorms (5 hidden), and of GELU its input, its
 * distribution and its output (3 ffn). With first-token pooling the last layer keeps only keys and values.
 */
export function estimateTrainingMemory({ architecture: a, settings, queries, docs, otherBytes = 0 }: MemoryOptions): MemoryEstimate {
  const count = (specs: { shape: readonly number[] }[]) => specs.reduce((sum, { shape }) => sum + elements(shape), 0)
  const stateBytes = 16 * count(modelSpecs(a))
  const keptPerToken = ({ longestTokens }: SideSize) => {
    const attention = a.heads * longestTokens * (settings.attentionDropout ? 3 : 1)
    const hidden = (settings.hiddenDropout ? 11 : 8) * a.hidden
    const layer = attention + hidden + 3 * a.ffn
    const last = a.pooling === 'first' ? 3 * a.hidden : layer
    return 4 * ((a.layers - 1) * layer + last + 3 * a.hidden)
  }
  const workingPerToken = ({ longestTokens }: SideSize) => 4 * WORKING_COPIES * Math.max(a.ffn, a.heads * longestTokens)
  const sides = docs ? [queries, docs] : [queries]
  const tokens = (side: SideSize) => side.texts * side.meanTokens
  const cached = settings.cachedChunkTokens
  let activations: number
  if (cached) {
    const piece = (side: SideSize) => Math.min(tokens(side), Math.max(cached, side.longestTokens)) * (keptPerToken(side) + workingPerToken(side))
    activations = Math.max(...sides.map(piece))
  } else {
    const chunk = (side: SideSize) => (tokens(side) / chunksFor(side.texts, side.meanTokens)) * workingPerToken(side)
    activations = sides.reduce((sum, side) => sum + tokens(side) * keptPerToken(side), 0) + Math.max(...sides.map(chunk))
  }
  // packed copies of the largest weights, and the graph itself
  const largestMatrix = Math.max(...weightSpecs(a).filter((s) => s.kind === 'matrix').map((s) => elements(s.shape)))
  const activationBytes = ARENA * activations
  const total = stateBytes + activationBytes + BASE_BYTES + 8 * largestMatrix + otherBytes
  return { stateBytes, activationBytes, otherBytes: total - stateBytes - activationBytes, totalBytes: total }
}

/** Tokens of the largest cached chunk, a power of two, with which a step fits into `freeBytes`; null where none does. */
export function chunkThatFits(options: MemoryOptions, freeBytes: number): number | null {
  for (let tokens = 16 * CHUNK_TOKENS; tokens >= 64; tokens /= 2)
    if (estimateTrainingMemory({ ...options, settings: { ...options.settings, cachedChunkTokens: tokens } }).totalBytes <= freeBytes) return tokens
  return null
}
