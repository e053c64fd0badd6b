// Per-query results and the inspection of one query's ranking. The only reads that show official ids and text.
import { z } from 'zod'
import { Split } from './dataset'
import { BoundedMeasure, OwnGrade } from './judgement'
import { MeasureValues } from './measure'
import { StepState } from './run'

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

const Column = z.array(z.number().nullable())

/** All judged queries of a checkpoint in columns: place i of each is the same query. A measure that does not count for a query is null. */
export const QueryTable = z.object({
  checkpointStep: z.number().int(),
  split: Split,
  rows: z.array(z.number().int()),
  ids: z.array(z.string()),
  texts: z.array(z.string()),
  values: z.record(z.string(), Column),
  /** The second run of a pair, its values in the same places. */
  against: z.object({ runId: z.string(), runName: z.string(), colorIndex: z.number().int(), checkpointStep: z.number().int(), values: z.record(z.string(), Column) }).nullable(),
})
export type QueryTable = z.infer<typeof QueryTable>

export const RankedDoc = z.object({
  rank: z.number().int(),
  row: z.number().int(),
  id: z.string(),
  text: z.string(),
  score: z.number(),
  /** Grade of the judgement; null where unjudged. */
  grade: z.number().nullable(),
  /** Of the judgement made here; null where there is none. */
  ownGrade: OwnGrade.nullable(),
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
  /** Documents in the whole ranking, of which `docs` has the first. */
  depth: z.number().int(),
  /** The charted measures with what unjudged documents could make of them. */
  bounds: z.record(z.string(), BoundedMeasure),
  /** Unjudged documents among the first 10. */
  holes: z.number().int(),
  /** Officially relevant documents in the whole ranking, and the rank of the first; null where there is none. */
  found: z.object({ count: z.number().int(), first: z.number().int().nullable() }),
  /** Relevant documents that were not retrieved. */
  missed: z.array(z.object({ row: z.number().int(), id: z.string(), text: z.string(), grade: z.number(), ownGrade: OwnGrade.nullable() })),
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
export type NamedText = z.infer<typeof NamedText>

/** Mined negatives that may well be relevant: nobody judged them. */
export const MinedNegatives = z.object({
  datasetId: z.string(),
  /** Queries and negatives that were looked at, of `allQueries` training queries. */
  queries: z.number().int(),
  allQueries: z.number().int(),
  looked: z.number().int(),
  /** Folder of a DRhard data folder that the negatives were taken over from, without scores: `above` and `near` are 0 then. Null where this run mined them. */
  takenFrom: z.string().nullable(),
  above: z.number().int(),
  near: z.number().int(),
  duplicates: z.number().int(),
  /** Score of a negative less that of its query's best relevant document, in equal bins; queries without a retrieved relevant one are left out. */
  margins: z.object({ from: z.number(), to: z.number(), counts: z.array(z.number().int()) }).nullable(),
  suspects: z.array(
    z.object({ query: NamedText, doc: NamedText, rank: z.number().int(), score: z.number().nullable(), positive: NamedText, positiveScore: z.number().nullable(), overlap: z.number(), ownGrade: OwnGrade.nullable() }),
  ),
  /** Training pairs judged relevant here so far: what mining again leaves out. */
  excludable: z.number().int(),
  /** What this run's own mining left out. */
  excluded: z.number().int(),
})
export type MinedNegatives = z.infer<typeof MinedNegatives>

/** What a query was trained against. */
export const TrainedAgainst = z.object({
  /** Why there is nothing to show; null where there is. */
  reason: z.string().nullable(),
  positives: z.array(NamedText.extend({ rank: z.number().int().nullable(), score: z.number().nullable() })),
  /** score: null where the negatives were taken over without. */
  negatives: z.array(NamedText.extend({ rank: z.number().int(), score: z.number().nullable(), ownGrade: OwnGrade.nullable() })),
})
export type TrainedAgainst = z.infer<typeof TrainedAgainst>

/** Body of POST /api/runs/{id}/try; without a checkpoint the last one that was searched. */
export const NewTry = z.object({ text: z.string().trim().min(1, 'Type a query').max(2000, 'At most 2,000 characters'), checkpoint: z.number().int().min(0).optional() })
export type NewTry = z.infer<typeof NewTry>

/** Result of a try-query step: the best documents, best first. */
export const TryResult = z.object({ docRows: z.array(z.number().int()), scores: z.array(z.number()) })
export type TryResult = z.infer<typeof TryResult>

/** A query that somebody tries: waits for a worker, then has its documents. */
export const TriedQuery = z.object({
  id: z.string(),
  state: StepState,
  /** Why it is where it is, where that needs words. */
  reason: z.string().nullable(),
  docs: z.array(z.object({ rank: z.number().int(), row: z.number().int(), id: z.string(), text: z.string(), score: z.number() })).nullable(),
})
export type TriedQuery = z.infer<typeof TriedQuery>
