// Judgements made here, by people looking at rankings: a layer of its own beside the data set's official ones. Numbers are official unless
// they say otherwise.
import { z } from 'zod'

const row = z.number().int().min(0)

/** 0: not relevant; 1 and above: relevant. */
export const OwnGrade = z.number().int().min(0).max(3)

export const OwnJudgement = z.object({ queryRow: row, docRow: row, grade: OwnGrade, by: z.string(), at: z.iso.datetime() })
export type OwnJudgement = z.infer<typeof OwnJudgement>

/** Body of PUT /api/datasets/{id}/judgements; a grade of null takes the judgement back. */
export const JudgementChange = z.object({ queryRow: row, docRow: row, grade: OwnGrade.nullable() })
export type JudgementChange = z.infer<typeof JudgementChange>

/** A measure of a query or a run: official, with the judgements made here, and its least and most for what nobody judged. */
export const BoundedMeasure = z.object({
  official: z.number(),
  /** Null where nothing was judged here. */
  own: z.number().nullable(),
  /** If no unjudged document within the cut were relevant, and if all were; the judgements made here count. */
  least: z.number(),
  most: z.number(),
})
export type BoundedMeasure = z.infer<typeof BoundedMeasure>

/** Answer of GET /api/runs/{id}/bounds. */
export const RunBounds = z.object({
  checkpointStep: z.number().int(),
  n: z.number().int(),
  /** Judgements made here of queries of this split. */
  ownJudgements: z.number().int(),
  /** Share of the documents in the first 10 that are judged. */
  judgedShare: z.number(),
  measures: z.record(z.string(), BoundedMeasure),
})
export type RunBounds = z.infer<typeof RunBounds>
