// What the page of a data set shows of its texts and judgements: statistics, found texts, queries with what is judged of them.
import { z } from 'zod'
import { OwnGrade } from './judgement'
import { Split } from './dataset'

const int = z.number().int()

/** Equal bins over [0, to); the last also counts what is beyond. */
export const Bins = z.object({ to: z.number(), counts: z.array(int) })
export type Bins = z.infer<typeof Bins>

/** Words of texts: of all, or of a sample of evenly spaced rows. */
export const LengthStatistics = z.object({ rows: int, sampled: int, empty: int, mean: z.number(), median: int, p95: int, longest: int, bins: Bins })
export type LengthStatistics = z.infer<typeof LengthStatistics>

export const DatasetStatistics = z.object({
  docs: LengthStatistics,
  queries: z.array(LengthStatistics.extend({ split: Split })),
  /** Queries by how many relevant documents they have: 0, 1, 2, ... and the last place for more. */
  relevantPerQuery: z.array(int),
  /** Judgements by grade. */
  grades: z.array(z.object({ grade: int, count: int })),
  /** Documents that are relevant to some query. */
  relevantDocs: int,
})
export type DatasetStatistics = z.infer<typeof DatasetStatistics>

const FoundText = z.object({ row: int, id: z.string(), text: z.string() })

/** Texts with the words, in order of row; `next`: where to look on, null at the end. `looked` of `rows` were looked through for it. */
export const FoundTexts = z.object({ rows: int, looked: int, results: z.array(FoundText), next: int.nullable() })
export type FoundTexts = z.infer<typeof FoundTexts>

/** Queries of a split with what is judged of them, officially and here. */
export const JudgedQueries = z.object({
  total: int,
  queries: z.array(FoundText.extend({ judged: z.array(FoundText.extend({ grade: int.nullable(), ownGrade: OwnGrade.nullable() })), more: int })),
})
export type JudgedQueries = z.infer<typeof JudgedQueries>
