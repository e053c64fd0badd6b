// Comparison of runs on the same queries.
import { z } from 'zod'

/** Below this, a corrected p is called significant. */
export const SIGNIFICANT = 0.05

export const Correction = z.enum(['holm', 'bonferroni', 'none'])
export type Correction = z.infer<typeof Correction>

/** `b` against `a` on one measure, over the queries that both have. */
export const PairedComparison = z.object({
  a: z.string(),
  b: z.string(),
  /** Canonical name. */
  measure: z.string(),
  n: z.number().int(),
  meanA: z.number(),
  meanB: z.number(),
  /** mean(b) - mean(a) with a 95 % bootstrap interval. */
  difference: z.number(),
  low: z.number(),
  high: z.number(),
  /** Two-sided Fisher randomization p, corrected over all pairs and measures of the answer. */
  p: z.number(),
  pUncorrected: z.number(),
  /** Two-sided paired t-test p, corrected likewise; null for fewer than two queries. */
  pT: z.number().nullable(),
  /** Cohen's d of the paired differences; null where they do not vary. */
  effect: z.number().nullable(),
  wins: z.number().int(),
  ties: z.number().int(),
  losses: z.number().int(),
})
export type PairedComparison = z.infer<typeof PairedComparison>

/** One pair of Tukey's HSD over all runs that have the measure. */
export const TukeyPair = z.object({ measure: z.string(), a: z.string(), b: z.string(), difference: z.number(), p: z.number() })
export type TukeyPair = z.infer<typeof TukeyPair>

/** A run's own mean with its 95 % bootstrap interval. */
export const RunMean = z.object({ run: z.string(), measure: z.string(), n: z.number().int(), mean: z.number(), low: z.number(), high: z.number() })
export type RunMean = z.infer<typeof RunMean>

/** Runs that differ in their seed only: mean over seeds with its 95 % t interval, null of a single seed. */
export const SeedGroup = z.object({
  name: z.string(),
  runs: z.array(z.string()),
  measures: z.array(z.object({ measure: z.string(), mean: z.number(), deviation: z.number(), low: z.number().nullable(), high: z.number().nullable() })),
})
export type SeedGroup = z.infer<typeof SeedGroup>

/** Per measure the group that is better than all others, or null with overlapping intervals: then nobody is named. */
export const SeedComparison = z.object({ groups: z.array(SeedGroup), winners: z.record(z.string(), z.string().nullable()) })
export type SeedComparison = z.infer<typeof SeedComparison>

export const Comparison = z.object({
  baseline: z.string(),
  correction: Correction,
  permutations: z.number().int(),
  means: z.array(RunMean),
  comparisons: z.array(PairedComparison),
  /** Empty for fewer than three runs. */
  tukey: z.array(TukeyPair),
})
export type Comparison = z.infer<typeof Comparison>

/** Answer of GET /api/compare. */
export const RunComparison = Comparison.extend({ seeds: SeedComparison })
export type RunComparison = z.infer<typeof RunComparison>

/** Answer of GET /api/compare/queries: one measure of every query that one of the runs judged, at each run's last checkpoint. */
export const QueryValues = z.object({
  measure: z.string(),
  /** Query rows, ascending; everything below is in this order. */
  rows: z.array(z.number().int()),
  texts: z.array(z.string()),
  /** null where the query does not count for the run. */
  runs: z.array(z.object({ run: z.string(), values: z.array(z.number().nullable()) })),
  /** MRR@10 of the newest BM25 run on the data set, which tells how hard a query is for words alone; null where there is none. */
  bm25: z.object({ run: z.string(), name: z.string(), values: z.array(z.number().nullable()) }).nullable(),
})
export type QueryValues = z.infer<typeof QueryValues>
