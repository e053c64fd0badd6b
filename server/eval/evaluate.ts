// Judges rankings: values per query and their means. One measure code for rankings by row (steps) and by official id (`drhard eval`).
import { AppError } from '@/contract/errors'
import { MEASURES, type MeasureName } from '@/contract/measure'
import type { Qrels } from '@/server/dataset/qrels'
import { placeOf, type Ranking } from '@/server/ranking/ranking'
import type { IdQrels, IdRanking } from '@/server/ranking/trec'
import { ndcg } from './measures/ndcg'
import { reciprocalRank } from './measures/mrr'
import { recall } from './measures/recall'

/** One query's ranking in the eyes of a measure. */
interface JudgedRanking {
  /** Grade of the document at rank i + 1, 0 where unjudged. */
  grades: number[]
  /** Grades of all judged documents. */
  judgedGrades: number[]
  /** Judged documents of at least `level`. */
  relevantCount: number
  level: number
}

const COMPUTE: Record<MeasureName, (query: JudgedRanking) => number> = {
  'MRR@10': ({ grades, level }) => reciprocalRank(grades, 10, level),
  'R@100': ({ grades, relevantCount, level }) => recall(grades, relevantCount, 100, level),
  'NDCG@10': ({ grades, judgedGrades }) => ndcg(grades, judgedGrades, 10),
}
/** No measure looks further down. */
const DEEPEST_CUT = 100

export type Values<M extends MeasureName = MeasureName> = Record<M, Float64Array>

export interface Evaluation<M extends MeasureName = MeasureName> {
  /** Queries the means are over: those with a relevant document, ranked or not. */
  n: number
  means: Record<M, number>
  perQuery: { queryRows: Int32Array; values: Values<M> }
  /** Queries of n that the ranking lacks; they count as 0, as in the official script and trec_eval -c. */
  missing: number
}

/** `queryRows` ascend; those without a relevant document are passed over. */
export function evaluateRanking<M extends MeasureName = MeasureName>(ranking: Ranking, qrels: Qrels, queryRows: Int32Array, measures: readonly M[] = MEASURES as M[]): Evaluation<M> {
  const judgedRows = queryRows.filter((row) => qrels.relevantCount(row) > 0)
  let missing = 0
  const queries = Array.from(judgedRows, (row): JudgedRanking => {
    const place = placeOf(ranking.queryRows, row)
    if (place < 0) missing++
    const judged = new Map(qrels.judged(row).map(({ docRow, grade }) => [docRow, grade]))
    const from = ranking.offsets[place] ?? 0
    const to = place < 0 ? from : Math.min(ranking.offsets[place + 1], from + DEEPEST_CUT)
    const grades = Array.from(ranking.docRows.subarray(from, to), (docRow) => judged.get(docRow) ?? 0)
    return { grades, judgedGrades: [...judged.values()], relevantCount: qrels.relevantCount(row), level: 1 }
  })
  const { values, means } = measure(queries, measures)
  return { n: judgedRows.length, means, perQuery: { queryRows: judgedRows, values }, missing }
}

export interface IdEvaluation<M extends MeasureName = MeasureName> {
  n: number
  means: Record<M, number>
  perQuery: { queryIds: string[]; values: Values<M> }
  missing: number
  /** Queries of the run without a relevant document in the judgements: not counted. */
  extra: number
}

export interface EvaluateIdsOptions<M extends MeasureName> {
  measures?: readonly M[]
  /** Grade from which a document is relevant for MRR and recall (trec_eval -l). MS MARCO's script ignores grades, which is level 0. */
  level?: number
}

/** Throws AppError bad-input where no query of the run is judged: then the files do not belong together. */
export function evaluateIds<M extends MeasureName = MeasureName>(run: IdRanking, qrels: IdQrels, { measures = MEASURES as M[], level = 1 }: EvaluateIdsOptions<M> = {}): IdEvaluation<M> {
  const countRelevant = (grades: Map<string, number>) => Array.from(grades.values()).filter((grade) => grade >= level).length
  const judged = Array.from(qrels).filter(([, grades]) => countRelevant(grades) > 0)
  const ranked = judged.filter(([queryId]) => run.has(queryId)).length
  if (ranked === 0) {
    throw new AppError('bad-input', `None of the run's ${run.size} queries has a document of grade ${level} or more in the judgements (first query of the run "${run.keys().next().value ?? ''}"); check that the files belong together`)
  }
  const queries = judged.map(([queryId, grades]): JudgedRanking => {
    const docs = run.get(queryId) ?? []
    return { grades: docs.slice(0, DEEPEST_CUT).map((docId) => grades.get(docId ?? '') ?? unjudgedGrade(level)), judgedGrades: [...grades.values()], relevantCount: countRelevant(grades), level }
  })
  const { values, means } = measure(queries, measures)
  return { n: judged.length, means, perQuery: { queryIds: judged.map(([queryId]) => queryId), values }, missing: judged.length - ranked, extra: run.size - ranked }
}

/** At level 0 a document of grade 0 is relevant, but an unjudged one is not. */
function unjudgedGrade(level: number): number {
  return Math.min(0, level - 1)
}

function measure<M extends MeasureName>(queries: JudgedRanking[], measures: readonly M[]): { values: Values<M>; means: Record<M, number> } {
  const values = {} as Values<M>
  const means = {} as Record<M, number>
  for (const name of measures) {
    values[name] = Float64Array.from(queries, COMPUTE[name])
    means[name] = values[name].reduce((sum, value) => sum + value, 0) / queries.length
  }
  return { values, means }
}
