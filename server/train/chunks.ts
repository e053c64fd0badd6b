// Carries the texts of a batch through the encoder in chunks of similar length, inside one graph. Called by gradient-engine.ts.
// A chunk's rows stay in cache: matrix products over 960 rows ran at 75 GFLOP/s a core, over 3,840 at 54 (bench/train, MiniLM's width).
import { CHUNK_TOKENS, chunksFor, GPU_CHUNK_TOKENS, type BatchSize, type SideSize } from '@/contract/training-memory'
import type { Graph } from '@/server/graph/graph'
import { hasOwnMemory, type ChosenDevice, type TensorData } from '@/server/graph/session'
import type { Value } from '@/server/graph/ops'
import type { Architecture } from '@/server/model/architecture'
import { dropoutFeeds, type Dropout } from '@/server/model/dropout'
import { encoderGraph, packFeeds, type WeightValues } from '@/server/model/encoder-graph'
import { pack } from '@/server/model/pack'
import { mixSeed } from '@/server/random/random'
import type { Tokens } from './objective'

/** Chunks that each side of a batch is cut into. */
export interface ChunkCounts {
  queries: number
  docs: number
}

/** Chunks of batches of a size on a device; there, cached gradients are cut by the same rule. */
export function chunkCountsOf({ queries, docs }: BatchSize, { device, cachedChunkTokens }: { device?: ChosenDevice; cachedChunkTokens: number }): ChunkCounts {
  const chunkTokens = hasOwnMemory(device) ? cachedChunkTokens || GPU_CHUNK_TOKENS : CHUNK_TOKENS
  const count = ({ texts, meanTokens }: SideSize) => chunksFor(texts, meanTokens, chunkTokens)
  return { queries: count(queries), docs: docs ? count(docs) : 0 }
}

/** Embeddings of a batch's texts, [<prefix>.rows, dim]: in their order, and a dummy row last that must not reach a loss. */
export function chunkedEncoder(g: Graph, a: Architecture, weights: WeightValues, prefix: string, chunks: number, dropout: Dropout): Value {
  return joinChunks(g, prefix, Array.from({ length: chunks }, (_, c) => encodeChunk(g, a, weights, prefix, c, dropout)))
}

export const encodeChunk = (g: Graph, a: Architecture, weights: WeightValues, prefix: string, chunk: number, dropout: Dropout) => encoderGraph(g, a, weights, `${prefix}${chunk}`, dropout)

/** Embeddings of all chunks in the order of the batch's texts, a dummy row last. */
export function joinChunks(g: Graph, prefix: string, parts: readonly Value[]): Value {
  if (parts.length === 1) return parts[0]
  const joined = g.concat(parts)
  return g.takeRows(joined, g.input(`${prefix}.order`, [`${prefix}.rows`], 'i32'), g.input(`${prefix}.places`, [joined.shape[0]], 'i32'))
}

/** Feeds for chunkedEncoder; `seed` decides what dropout drops. */
export function chunkedFeeds(a: Architecture, prefix: string, chunks: number, texts: readonly Tokens[], dropout: Dropout, seed: number): Record<string, TensorData> {
  const groups = cutByLength(texts, chunks)
  const feeds: Record<string, TensorData> = {}
  groups.forEach((group, c) => Object.assign(feeds, chunkFeeds(a, `${prefix}${c}`, group.map((i) => texts[i]), dropout, mixSeed(seed, c))))
  if (chunks === 1) return feeds
  const dummy = texts.length
  const order = new Int32Array(texts.length + 1)
  const places = new Int32Array(texts.length + chunks).fill(dummy)
  let row = 0
  for (const group of groups) {
    for (const text of group) {
      order[text] = row
      places[row++] = text
    }
    row++ // each chunk ends with a dummy of its own
  }
  order[dummy] = row - 1
  return { ...feeds, [`${prefix}.order`]: { data: order, shape: [order.length] }, [`${prefix}.places`]: { data: places, shape: [places.length] } }
}

/** Feeds of one encoderGraph with `prefix`: texts, and the keys that decide what dropout drops. */
export function chunkFeeds(a: Architecture, prefix: string, texts: readonly Tokens[], dropout: Dropout, seed: number): Record<string, TensorData> {
  const packed = pack(a, texts)
  return { ...packFeeds(a, prefix, packed), ...dropoutFeeds(a, dropout, prefix, packed, seed) }
}

/** Indices of texts in `count` groups: neighbours in length, about as many tokens in each. One group keeps the order. */
export function cutByLength(texts: readonly Tokens[], count: number): number[][] {
  const indices = texts.map((_, i) => i)
  if (count === 1) return [indices]
  indices.sort((i, j) => texts[i].length - texts[j].length || i - j)
  const total = texts.reduce((sum, text) => sum + text.length, 0)
  const groups = Array.from({ length: count }, (): number[] => [])
  let before = 0
  for (const i of indices) {
    const middle = before + texts[i].length / 2
    groups[Math.min(count - 1, Math.floor((middle * count) / total))].push(i)
    before += texts[i].length
  }
  return groups
}
