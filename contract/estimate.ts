// What a step will take, from its parameters and the size of the data: memory, disk, and an amount of work that past steps turn into
// seconds (server/db/planner.ts). Pure, so the form and the server say the same.
import type { DatasetCounts } from './dataset'
import type { StepKind, TrainConfig } from './run'
import { ENCODE_BLOCK_ROWS, SEARCH_BLOCK_BYTES } from './shards'
import { activationBytes, type SideSize } from './training-memory'

/** The size of the data; before an import nothing is known, and it is taken for small. */
export interface DataSize {
  docs: number
  /** Queries of each split. */
  queries: DatasetCounts['queries']
}

export const UNKNOWN_SIZE: DataSize = { docs: 100_000, queries: { train: 10_000, dev: 10_000, test: 10_000, lead: 0 } }

/** A planned or stored step: parameters as JSON. */
export interface EstimatedStep {
  kind: StepKind
  params: Record<string, unknown>
}

export interface Estimate {
  /** Peak of the step's process. */
  memoryBytes: number
  /** Of the artifact that it publishes. */
  diskBytes: number
  /** In units that are proportional to seconds for steps of one kind. */
  work: number
}

interface EncoderShape {
  vocabSize: number
  layers: number
  hidden: number
  heads: number
  ffn: number
  dim: number
  pooling: 'first' | 'mean'
  maxQueryTokens: number
  maxDocTokens: number
}

const MB = 1e6
const FLOAT = 4
/** A process with Node.js, and with onnxruntime loaded. */
const PROCESS = 120 * MB
const RUNTIME = 250 * MB
/** Mean characters of a passage, and of a query. */
const DOC_BYTES = 350
const QUERY_BYTES = 40
/** A line of a teacher's scores for each score that is new in it, plain and gz. */
const SCORE_BYTES = 24
const GZ_SCORE_BYTES = 6
/** Estimates a step. Kinds that this does not know take a process. */
export function estimateStep({ kind, params }: EstimatedStep, size: DataSize = UNKNOWN_SIZE): Estimate {
  const queries = size.queries.train + size.queries.dev + size.queries.test + size.queries.lead
  const textBytes = size.docs * DOC_BYTES + queries * QUERY_BYTES
  const split = (params.split ?? 'dev') as keyof DataSize['queries']
  const depth = Number(params.depth ?? params.mineDepth ?? 0)
  const rankingBytes = size.queries[split] * depth * 8
  switch (kind) {
    case 'import':
      return { memoryBytes: PROCESS + 200 * MB + size.docs * 60, diskBytes: textBytes * 1.1, work: size.docs + queries }
    case 'tokenise':
      return { memoryBytes: PROCESS + 250 * MB + textBytes, diskBytes: textBytes / 2, work: size.docs + queries }
    case 'bm25-retrieve':
      return { memoryBytes: PROCESS + 150 * MB + textBytes * 1.5, diskBytes: rankingBytes, work: size.docs + size.queries[split] * 20 }
    case 'train':
      return estimateTraining(params, size)
    case 'encode-queries': {
      const encoder = params.encoder as EncoderShape
      const rows = Number(params.to) - Number(params.from)
      return { memoryBytes: RUNTIME + weightCount(encoder) * FLOAT * 2 + rows * encoder.dim * FLOAT + ENCODE_BLOCK_ROWS * encoder.dim * FLOAT, diskBytes: rows * encoder.dim * FLOAT, work: rows * encoder.maxQueryTokens * flopsPerToken(encoder) }
    }
    case 'encode':
    case 'encode-shard': {
      const encoder = params.encoder as EncoderShape
      const docs = kind === 'encode' ? size.docs : Number(params.to) - Number(params.from)
      return { memoryBytes: RUNTIME + weightCount(encoder) * FLOAT * 2 + ENCODE_BLOCK_ROWS * encoder.dim * FLOAT * 2, diskBytes: docs * encoder.dim * FLOAT, work: docs * encoder.maxDocTokens * flopsPerToken(encoder) }
    }
    case 'retrieve':
    case 'retrieve-shard': {
      const encoder = params.encoder as EncoderShape
      const docs = kind === 'retrieve' ? size.docs : Number(params.to) - Number(params.from)
      const blocks = Math.min(docs * encoder.dim * FLOAT, 2 * SEARCH_BLOCK_BYTES)
      return { memoryBytes: RUNTIME + weightCount(encoder) * FLOAT * 2 + blocks + rankingBytes * 4, diskBytes: rankingBytes, work: size.queries[split] * (docs * encoder.dim * 2 + encoder.maxQueryTokens * flopsPerToken(encoder)) }
    }
    case 'mine':
      return { memoryBytes: PROCESS + rankingBytes * 3, diskBytes: rankingBytes / 2, work: size.queries[split] }
    case 'teacher-scores': {
      if (params.from === 'file') {
        const scores = parseInt(String(params.fingerprint)) / (String(params.file).endsWith('.gz') ? GZ_SCORE_BYTES : SCORE_BYTES)
        return { memoryBytes: PROCESS + (size.docs + queries) * 40 + scores * 40, diskBytes: scores * 8, work: scores }
      }
      const encoder = params.encoder as EncoderShape
      const scores = size.queries.train * (depth + 2)
      return { memoryBytes: RUNTIME + weightCount(encoder) * FLOAT * 2 + Math.min(size.docs * encoder.dim * FLOAT, 2 * SEARCH_BLOCK_BYTES) + scores * 24, diskBytes: scores * 8, work: scores * encoder.dim * 2 + size.queries.train * encoder.maxQueryTokens * flopsPerToken(encoder) }
    }
    case 'evaluate':
      return { memoryBytes: PROCESS + rankingBytes * 3, diskBytes: size.queries[split] * 60, work: size.queries[split] }
    case 'take':
      return { memoryBytes: RUNTIME + rankingBytes * 3, diskBytes: params.what === 'embeddings' ? size.docs * (params.encoder as EncoderShape).dim * FLOAT : rankingBytes, work: size.docs }
    default:
      return { memoryBytes: RUNTIME, diskBytes: 10 * MB, work: 1 }
  }
}

/** What looking up and normalising an embedding takes, per number of it, in operations of a matrix product that take as long. */
const EMBEDDING_OPERATIONS = 200

/** Weights, gradients and two moments; what one piece of a batch keeps for the backward pass; the collection, where ADORE searches it. */
function estimateTraining(params: Record<string, unknown>, size: DataSize): Estimate {
  const encoder = params.encoder as EncoderShape
  const { batchSize, cachedChunkTokens = 0, hiddenDropout = 0, attentionDropout = 0 } = params.train as Pick<TrainConfig, 'batchSize'> & Partial<TrainConfig>
  const steps = Math.max(1, Number(params.to) - Number(params.from))
  const docsPerQuery = params.method === 'adore' ? 0 : 1 + Number(params.negativesPerQuery ?? 0)
  // the longest texts that are allowed: how long they are is known when they are tokenised
  const side = (texts: number, longest: number): SideSize => ({ texts, meanTokens: longest, longestTokens: longest })
  const batch = { queries: side(batchSize, encoder.maxQueryTokens), docs: docsPerQuery ? side(batchSize * docsPerQuery, encoder.maxDocTokens) : null }
  const activations = activationBytes(encoder, { cachedChunkTokens, hiddenDropout, attentionDropout }, batch)
  const tokens = batchSize * (encoder.maxQueryTokens + docsPerQuery * encoder.maxDocTokens)
  const collection = params.method === 'adore' ? size.docs * encoder.dim * FLOAT : 0
  const search = params.method === 'adore' ? batchSize * size.docs * encoder.dim * 2 : 0
  const weights = weightCount(encoder)
  return { memoryBytes: RUNTIME + weights * FLOAT * 4 + activations + collection, diskBytes: weights * FLOAT * 3, work: steps * (tokens * flopsPerToken(encoder) * 3 + search) }
}

function weightCount({ vocabSize, layers, hidden, ffn, dim }: EncoderShape): number {
  return vocabSize * hidden + 514 * hidden + layers * (4 * hidden * hidden + 2 * hidden * ffn + 9 * hidden + ffn) + hidden * dim
}

/** Operations of the embedding and of each whole layer: with first-token pooling the last one is computed for one token of a text. */
function flopsPerToken({ layers, heads, hidden, ffn, pooling }: EncoderShape): number {
  const embedding = EMBEDDING_OPERATIONS * hidden
  const layer = 2 * (4 * hidden * hidden + 2 * hidden * ffn)
  return embedding + (pooling === 'first' ? (layers - 1) * layer + 4 * heads * hidden : layers * layer)
}
