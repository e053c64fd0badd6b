// Per-query results and the inspection of one query's ranking. The only reads that show official ids and text.
import { z } from 'zod'
import { MeasureValues } from './measure'

/** How hard a query is for words alone: BM25 has a relevant document among its first 10 (easy), among its first 100 (medium), or not there (hard). */
export const Difficulty = z.enum(['easy', 'medium', 'hard'])
export type Difficulty = z.infer<typeof Difficulty>

/** One judged query of a run's evaluation. `row` is ours, `id` official; difficulty is null where no BM25 run has judged it. */
export const QueryResult = z.object({ row: z.number().int(), id: z.string(), text: z.string(), measures: MeasureValues, difficulty: Difficulty.nullable() })
export type QueryResult = z.infer<typeof QueryResult>

export const QueryPage = z.object({
  checkpointStep: z.number().int(),
  total: z.number().int(),
  results: z.array(QueryResult),
  /** The run's means over the queries of each difficulty, whatever was filtered, and the BM25 run that difficulty is from; null where there is none. */
  difficulty: z.object({ runId: z.string(), runName: z.string(), slices: z.array(z.object({ level: Difficulty, n: z.number().int(), measures: MeasureValues })) }).nullable(),
})
export type QueryPage = z.infer<typeof QueryPage>

export const RankedDoc = z.object({
  rank: z.number().int(),
  row: z.number().int(),
  id: z.string(),
  text: z.string(),
  score: z.number(),
  /** Grade of the judgement; null where unjudged. */
  grade: z.number().nullable(),
})
export type RankedDoc = z.infer<typeof RankedDoc>

/** Result of a diagnose or index step: a point per curve, at the step's checkpoint. */
export const DiagnoseResult = z.object({ points: z.array(z.object({ name: z.string(), value: z.number() })) })
export type DiagnoseResult = z.infer<typeof DiagnoseResult>

export const QueryRanking = z.object({
  runId: z.string(),
  runName: z.string(),
  checkpointStep: z.number().int(),
  row: z.number().int(),
  id: z.string(),
  text: z.string(),
  measures: MeasureValues,
  docs: z.array(RankedDoc),
  /** Relevant documents that were not retrieved. */
  missed: z.array(z.object({ row: z.number().int(), id: z.string(), text: z.string(), grade: z.number() })),
  /** Neighbours in the order of the query list (by row), for previous/next. */
  previousRow: z.number().int().nullable(),
  nextRow: z.number().int().nullable(),
})
export type QueryRanking = z.infer<typeof QueryRanking>

/** Upper ends of the rank buckets that queries are counted in; what is beyond the last, or not retrieved, is counted last. */
export const RANK_BUCKETS = [1, 3, 10, 100] as const

/** Where the first relevant document of the judged queries stands, checkpoint by checkpoint. */
export const Trajectories = z.object({
  depth: z.number().int(),
  n: z.number().int(),
  checkpoints: z.array(z.object({ step: z.number().int(), /** Queries per bucket of RANK_BUCKETS, and beyond. */ counts: z.array(z.number().int()) })),
  /** Queries whose rank got better, stayed and got worse from the first checkpoint to the last. */
  better: z.number().int(),
  same: z.number().int(),
  worse: z.number().int(),
  /** The query that was asked for: its rank at every checkpoint, null where it was not retrieved. */
  ranks: z.array(z.number().int().nullable()).nullable(),
})
export type Trajectories = z.infer<typeof Trajectories>

const NamedText = z.object({ row: z.number().int(), id: z.string(), text: z.string() })

/** Mined negatives that may well be relevant: nobody judged them. */
export const MinedNegatives = z.object({
  /** Queries and negatives that were looked at, of `allQueries` training queries. */
  queries: z.number().int(),
  allQueries: z.number().int(),
  looked: z.number().int(),
  above: z.number().int(),
  near: z.number().int(),
  duplicates: z.number().int(),
  suspects: z.array(
    z.object({ query: NamedText, doc: NamedText, rank: z.number().int(), score: z.number(), positive: NamedText, positiveScore: z.number().nullable(), overlap: z.number() }),
  ),
})
export type MinedNegatives = z.infer<typeof MinedNegatives>
