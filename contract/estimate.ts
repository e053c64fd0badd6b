// What a step will take, from its parameters and the size of the data: memory, disk, and an amount of work that past steps turn into
// seconds (server/db/planner.ts). Pure, so the form and the server say the same.
import type { DatasetCounts } from './dataset'
import type { StepKind } from './run'

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
/** Room that onnxruntime's arena takes beyond what is live at once, and live copies of the widest values of a chunk: fitted in server/train/memory.ts, which knows the real lengths of the texts where this takes the longest that are allowed. */
const ARENA = 1.25
const WORKING_COPIES = 3
const CHUNK_TOKENS = 1024

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
    case 'encode':
    case 'encode-shard': {
      const encoder = params.encoder as EncoderShape
      const docs = kind === 'encode' ? size.docs : Number(params.to) - Number(params.from)
      return { memoryBytes: RUNTIME + weightCount(encoder) * FLOAT * 2 + 16_384 * encoder.dim * FLOAT * 2, diskBytes: docs * encoder.dim * FLOAT, work: docs * encoder.maxDocTokens * flopsPerToken(encoder) }
    }
    case 'retrieve': {
      const encoder = params.encoder as EncoderShape
      return { memoryBytes: RUNTIME + weightCount(encoder) * FLOAT * 2 + size.docs * encoder.dim * FLOAT + rankingBytes * 2, diskBytes: rankingBytes, work: size.queries[split] * (size.docs * encoder.dim * 2 + encoder.maxQueryTokens * flopsPerToken(encoder)) }
    }
    case 'mine':
      return { memoryBytes: PROCESS + rankingBytes * 3, diskBytes: rankingBytes / 2, work: size.queries[split] }
    case 'evaluate':
      return { memoryBytes: PROCESS + rankingBytes * 3, diskBytes: size.queries[split] * 60, work: size.queries[split] }
    case 'take':
      return { memoryBytes: RUNTIME + rankingBytes * 3, diskBytes: params.what === 'embeddings' ? size.docs * (params.encoder as EncoderShape).dim * FLOAT : rankingBytes, work: size.docs }
    default:
      return { memoryBytes: RUNTIME, diskBytes: 10 * MB, work: 1 }
  }
}

/** Weights, gradients and two moments; what one piece of a batch keeps for the backward pass; the collection, where ADORE searches it. */
function estimateTraining(params: Record<string, unknown>, size: DataSize): Estimate {
  const encoder = params.encoder as EncoderShape
  const { batchSize, cachedChunkTokens = 0 } = params.train as { batchSize: number; cachedChunkTokens?: number }
  const steps = Math.max(1, Number(params.to) - Number(params.from))
  const docsPerQuery = params.method === 'adore' ? 0 : 1 + Number(params.negativesPerQuery ?? 0)
  const tokens = batchSize * (encoder.maxQueryTokens + docsPerQuery * encoder.maxDocTokens)
  const longest = docsPerQuery ? encoder.maxDocTokens : encoder.maxQueryTokens
  const keptTokens = cachedChunkTokens ? Math.min(tokens, Math.max(cachedChunkTokens, longest)) : tokens
  const keptPerToken = encoder.layers * (encoder.heads * longest + 8 * encoder.hidden + 3 * encoder.ffn) + 3 * encoder.hidden
  const working = Math.min(keptTokens, CHUNK_TOKENS) * WORKING_COPIES * Math.max(encoder.ffn, encoder.heads * longest)
  const activations = ARENA * FLOAT * (keptTokens * keptPerToken + working)
  const collection = params.method === 'adore' ? size.docs * encoder.dim * FLOAT : 0
  const search = params.method === 'adore' ? batchSize * size.docs * encoder.dim * 2 : 0
  const weights = weightCount(encoder)
  return { memoryBytes: RUNTIME + weights * FLOAT * 4 + activations + collection, diskBytes: weights * FLOAT * 3, work: steps * (tokens * flopsPerToken(encoder) * 3 + search) }
}

function weightCount({ vocabSize, layers, hidden, ffn, dim }: EncoderShape): number {
  return vocabSize * hidden + 514 * hidden + layers * (4 * hidden * hidden + 2 * hidden * ffn + 9 * hidden + ffn) + hidden * dim
}

/** Two operations per weight of the layers. */
function flopsPerToken({ layers, hidden, ffn }: EncoderShape): number {
  return 2 * layers * (4 * hidden * hidden + 2 * hidden * ffn)
}
