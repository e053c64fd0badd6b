// What a training step keeps in memory, by formula: shared by the estimate of a launch (contract/estimate.ts), which knows only the longest
// texts that are allowed, and by the step itself (server/train/memory.ts), which knows the real ones.

/** Tokens that go through the encoder together: rows of a matrix product that stay in cache. */
export const CHUNK_TOKENS = 1024
/** The same on a GPU, which is idle between small products; texts of about one length are still attended together. */
export const GPU_CHUNK_TOKENS = 8192
/** Room that onnxruntime's arena takes beyond what is live at once: fitted to the peaks of seven settings from tiny to RoBERTa-base, which it meets within 12 %. */
const ARENA = 1.5
/** Live copies of a chunk's widest values while one layer is differentiated, fitted with it. */
const WORKING_COPIES = 8
const FLOAT = 4

/** One side of a batch. */
export interface SideSize {
  texts: number
  /** Mean and longest length in tokens. */
  meanTokens: number
  longestTokens: number
}

export interface TrainedShape {
  layers: number
  heads: number
  hidden: number
  ffn: number
  pooling: 'first' | 'mean'
}

export interface MemorySettings {
  cachedChunkTokens: number
  hiddenDropout: number
  attentionDropout: number
}

export interface BatchSize {
  queries: SideSize
  /** null where documents are fixed. */
  docs: SideSize | null
}

/** How many chunks a side of a batch is cut into; it must not change from batch to batch, or a resumed run would sum in another order. */
export function chunksFor(texts: number, meanTokens: number, chunkTokens = CHUNK_TOKENS): number {
  return Math.max(1, Math.min(texts, Math.round((texts * meanTokens) / chunkTokens)))
}

/**
 * Bytes that the forward pass keeps for the backward pass, and its working space. Kept per token and layer, in floats: query, key and value
 * in their attention view (3 hidden), attention weights (heads x longest), the inputs of four linear layers and two LayerNorms (5 hidden),
 * and of GELU its input and its distribution (2 ffn). With first-token pooling the last layer keeps its input in
 * the attention view (hidden) and one row of attention weights (heads).
 */
export function activationBytes({ layers, heads, hidden, ffn, pooling }: TrainedShape, { cachedChunkTokens, hiddenDropout, attentionDropout }: MemorySettings, { queries, docs }: BatchSize): number {
  const keptPerToken = ({ longestTokens }: SideSize) => {
    const layer = heads * longestTokens * (attentionDropout ? 3 : 1) + (hiddenDropout ? 11 : 8) * hidden + 2 * ffn
    return FLOAT * ((layers - 1) * layer + (pooling === 'first' ? hidden + 3 * heads : layer) + 3 * hidden)
  }
  const workingPerToken = ({ longestTokens }: SideSize) => FLOAT * WORKING_COPIES * Math.max(ffn, heads * longestTokens)
  const sides = docs ? [queries, docs] : [queries]
  const tokens = (side: SideSize) => side.texts * side.meanTokens
  if (cachedChunkTokens) {
    const piece = (side: SideSize) => Math.min(tokens(side), Math.max(cachedChunkTokens, side.longestTokens)) * (keptPerToken(side) + workingPerToken(side))
    return ARENA * Math.max(...sides.map(piece))
  }
  const chunk = (side: SideSize) => (tokens(side) / chunksFor(side.texts, side.meanTokens)) * workingPerToken(side)
  return ARENA * (sides.reduce((sum, side) => sum + tokens(side) * keptPerToken(side), 0) + Math.max(...sides.map(chunk)))
}
