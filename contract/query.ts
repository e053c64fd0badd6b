// Per-query results and the inspection of one query's ranking. The only reads that show official ids and text.
import { z } from 'zod'
import { MeasureValues } from './measure'

/** One judged query of a run's evaluation. `row` is ours, `id` official. */
export const QueryResult = z.object({ row: z.number().int(), id: z.string(), text: z.string(), measures: MeasureValues })
export type QueryResult = z.infer<typeof QueryResult>

export const QueryPage = z.object({ checkpointStep: z.number().int(), total: z.number().int(), results: z.array(QueryResult) })
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
