// Paired comparison of runs on the same queries.
import { z } from 'zod'
import { MeasureName } from './measure'

/** `b` against `a` on one measure, over the queries that both have. */
export const PairedComparison = z.object({
  a: z.string(),
  b: z.string(),
  measure: MeasureName,
  n: z.number().int(),
  meanA: z.number(),
  meanB: z.number(),
  /** mean(b) - mean(a) with a 95 % bootstrap interval. */
  difference: z.number(),
  low: z.number(),
  high: z.number(),
  /** Two-sided Fisher randomization p, Holm-corrected over all pairs and measures of the answer. */
  p: z.number(),
  wins: z.number().int(),
  ties: z.number().int(),
  losses: z.number().int(),
})
export type PairedComparison = z.infer<typeof PairedComparison>

export const Comparison = z.object({ baseline: z.string(), comparisons: z.array(PairedComparison) })
export type Comparison = z.infer<typeof Comparison>
