// How a large step is cut into parts for several workers, whose results are joined. Pure. Called by server/db/shards.ts when it is known how
// many workers could help, and by the steps, whose blocks end where parts do.
import { makeStep, type Hash, type StepInputs, type StepParams, type StepPlan } from './step'

/** Texts that are encoded in one block, sorted by length among themselves: parts of the work end where blocks do, so that their results are the same to the last bit. */
export const ENCODE_BLOCK_ROWS = 16_384
/** Less than this is not worth a process and a copy of its result. */
const MIN_ENCODE_BLOCKS = 2

/**
 * Documents per block of a search; the scores of 64 queries are 32 MB. For 117,791 documents of 192 dimensions and k = 210, a query took 1.0 ms
 * of one core in blocks this large, 1.25 in blocks of 32,768, 1.7 of 16,384: TopK and merging cost more than the cache saves.
 */
export const SEARCH_BLOCK_ROWS = 131_072
/** A block that comes from a file takes at most this; two are held. */
export const SEARCH_BLOCK_BYTES = 256 << 20

/** Documents per block of a search that streams embeddings of `dim` floats from their file. */
export function searchBlockRows(dim: number): number {
  return Math.max(1, Math.min(SEARCH_BLOCK_ROWS, Math.floor(SEARCH_BLOCK_BYTES / (4 * dim))))
}

type Shared<K extends 'encode' | 'retrieve'> = Pick<Extract<StepPlan, { kind: K }>, 'kind' | 'label'> & { params: StepParams[K]; inputs: StepInputs[K] }

export interface ShareOptions {
  docs: number
  /** Queries that a search is for. */
  queries: number
  workers: number
  /** Documents per block of a search, where a test has few. */
  blockRows?: number
}

/**
 * The parts of a step over so many documents for so many workers, in an order in which every input comes before its use; none where there is
 * too little to share. The parts of a search wait for their queries, which are embedded once, in parts as well where they are many.
 */
export function planShards(step: Shared<'encode'> | Shared<'retrieve'>, { docs, queries, workers, blockRows }: ShareOptions, hash: Hash): StepPlan[] {
  const { params } = step
  if (step.kind === 'encode') {
    const { tokens, checkpoint } = step.inputs
    return ranges({ rows: docs, workers, blockRows: ENCODE_BLOCK_ROWS, minBlocks: MIN_ENCODE_BLOCKS }).map((range, i, all) => makeStep(hash, 'encode-shard', labelOf(step.label, i, all.length), { ...(params as StepParams['encode']), ...range }, { tokens, checkpoint }))
  }
  const { depth, ...ofQueries } = params as StepParams['retrieve']
  const { dataset, tokens, checkpoint, docs: embeddings } = step.inputs
  const found = ranges({ rows: docs, workers, blockRows: blockRows ?? searchBlockRows(params.encoder.dim), minBlocks: 1 })
  if (!found.length) return []
  const queryRanges = ranges({ rows: queries, workers, blockRows: ENCODE_BLOCK_ROWS, minBlocks: 1 })
  const embedded = (queryRanges.length ? queryRanges : [{ from: 0, to: queries }]).map((range, i, all) =>
    makeStep(hash, 'encode-queries', all.length > 1 ? labelOf(`${step.label}, queries`, i, all.length) : `${step.label}, queries`, { ...ofQueries, ...range }, { dataset, tokens, checkpoint }),
  )
  const inputs = { dataset, tokens, checkpoint, docs: embeddings, ...Object.fromEntries(embedded.map(({ key }, i) => [`queries${i}`, key])) }
  return [...embedded, ...found.map((range, i, all) => makeStep(hash, 'retrieve-shard', labelOf(step.label, i, all.length), { ...ofQueries, depth, ...range }, inputs))]
}

const labelOf = (label: string, i: number, count: number) => `${label}, part ${i + 1} of ${count}`

/** Ranges of whole blocks of about the same size, at least `minBlocks` each; none where one worker would do all. */
function ranges({ rows, workers, blockRows, minBlocks }: { rows: number; workers: number; blockRows: number; minBlocks: number }): { from: number; to: number }[] {
  const blocks = Math.ceil(rows / blockRows)
  const count = Math.min(workers, Math.floor(rows / (minBlocks * blockRows)))
  if (count < 2) return []
  const border = (part: number) => Math.min(rows, Math.round((blocks * part) / count) * blockRows)
  return Array.from({ length: count }, (_, i) => ({ from: border(i), to: border(i + 1) }))
}
