// Judges rankings: values per query and their means. Called by the evaluate step, by `drhard eval` and by exports that are scored again.
import { AppError } from '@/contract/errors'
import { MEASURES, measureId, parseMeasure, type Measure } from '@/contract/measure'
import { FAMILIES } from '@/contract/measure-families'
import type { Qrels } from '@/server/dataset/qrels'
import { placeOf, type Ranking } from '@/server/ranking/ranking'
import { relevantCount, type JudgedQuery } from './measures/judged-query'
import { measureQuery } from './measures/measure-query'

/**
 * Which queries a mean is over. relevant: those with a relevant document, ranked or not (missing ones count as 0).
 * shared: those that are ranked and judged (trec_eval). all: all judged ones (trec_eval -c). In the latter two a query without a
 * relevant document counts as 0. MRR is always over the relevant ones: that is its rule.
 */
export type Average = 'relevant' | 'shared' | 'all'

export interface EvaluateOptions {
  measures?: readonly Measure[]
  average?: Average
  /** Ranks beyond this are cut off before anything is measured (trec_eval -M). */
  depth?: number
}

export interface MeasureResult {
  /** Canonical name. */
  id: string
  measure: Measure
  mean: number
  /** Queries that the mean is over. */
  n: number
  /** Per row of Evaluation.queryRows; NaN where the query does not count for this measure. */
  values: Float64Array
}

export interface Evaluation {
  /** Judged queries that count for at least one measure, ascending. */
  queryRows: Int32Array
  results: MeasureResult[]
  /** Queries with a relevant document (grade 1) that the ranking lacks. */
  missing: number
  /** Judged queries without a relevant document (grade 1). */
  withoutRelevant: number
  /** Queries of the ranking that nobody judged. */
  unjudged: number
}

export const CHARTED: readonly Measure[] = MEASURES.map((id) => parseMeasure(id))

/** Judges the queries of `queryRows` (ascending; those without judgements are passed over). */
export function evaluateRanking(ranking: Ranking, qrels: Qrels, queryRows: Int32Array, { measures = CHARTED, average = 'relevant', depth = Infinity }: EvaluateOptions = {}): Evaluation {
  const judgedRows = queryRows.filter((row) => qrels.offsets[row + 1] > qrels.offsets[row])
  const maxGrade = qrels.grades.reduce((a, b) => Math.max(a, b), 0)
  const queries = Array.from(judgedRows, (row) => judgeQuery(ranking, qrels, row, depth, maxGrade))
  const isRelevant = queries.map(({ query }) => relevantCount(query, 1) > 0)
  const columns = measures.map((measure) => {
    const compute = measureQuery(measure)
    const rule = measure.family === 'MRR' ? 'relevant' : average
    return Float64Array.from(queries, ({ query, isRanked }) => {
      const counts = rule === 'all' || (rule === 'shared' ? isRanked : relevantCount(query, measure.rel) > 0)
      return counts ? compute(query) : NaN
    })
  })
  const kept = Int32Array.from(queries.keys()).filter((i) => columns.some((values) => !Number.isNaN(values[i])))
  return {
    queryRows: kept.map((i) => judgedRows[i]),
    results: measures.map((measure, m) => {
      const values = Float64Array.from(kept, (i) => columns[m][i])
      return { id: measureId(measure), measure, ...meanOf(measure, values), values }
    }),
    missing: queries.filter(({ isRanked }, i) => isRelevant[i] && !isRanked).length,
    withoutRelevant: isRelevant.filter((each) => !each).length,
    unjudged: ranking.queryRows.filter((row) => row >= qrels.queryCount || qrels.offsets[row + 1] === qrels.offsets[row]).length,
  }
}

/** Throws AppError bad-input where no query of a run file is judged: then the files do not belong together. */
export function checkBelongTogether(ranking: Ranking, qrels: Qrels, { runFile, firstQueryId }: { runFile: string; firstQueryId: string }): void {
  if (ranking.queryRows.some((row) => row < qrels.queryCount && qrels.offsets[row + 1] > qrels.offsets[row])) return
  throw new AppError('bad-input', `None of the ${ranking.queryRows.length} queries of ${runFile} is judged (its first is "${firstQueryId}"); check that run file and judgements belong together`)
}

function meanOf({ family }: Measure, values: Float64Array): { mean: number; n: number } {
  let sum = 0
  let n = 0
  for (const value of values) {
    if (Number.isNaN(value)) continue
    sum += value
    n++
  }
  return { mean: FAMILIES[family].summed ? sum : sum / n, n }
}

/** Up to this many judged documents are looked through one by one, more by bisection. */
const FEW = 8

function judgeQuery(ranking: Ranking, qrels: Qrels, row: number, depth: number, maxGrade: number): { query: JudgedQuery; isRanked: boolean } {
  const [first, last] = [qrels.offsets[row], qrels.offsets[row + 1]]
  const place = placeOf(ranking.queryRows, row)
  const ranks: number[] = []
  const grades: number[] = []
  let retrieved = 0
  if (place >= 0) {
    const { docRows, offsets } = ranking
    const from = offsets[place]
    const to = Math.min(offsets[place + 1], from + depth)
    const [lowest, highest] = [qrels.docRows[first], qrels.docRows[last - 1]]
    for (let i = from; i < to; i++) {
      const docRow = docRows[i]
      if (docRow < 0) continue // a rank without a document
      retrieved++
      if (docRow < lowest || docRow > highest) continue
      const at = last - first <= FEW ? linearSearch(qrels.docRows, docRow, first, last) : lowerBound(qrels.docRows, docRow, first, last)
      if (at === last || qrels.docRows[at] !== docRow) continue
      ranks.push(i - from + 1)
      grades.push(qrels.grades[at])
    }
  }
  return { query: { ranks, grades, retrieved, judgedGrades: qrels.grades.subarray(first, last), maxGrade }, isRanked: place >= 0 }
}

function linearSearch(rows: Int32Array, row: number, from: number, to: number): number {
  while (from < to && rows[from] !== row) from++
  return from
}

function lowerBound(rows: Int32Array, row: number, from: number, to: number): number {
  let [low, high] = [from, to]
  while (low < high) {
    const middle = (low + high) >>> 1
    if (rows[middle] < row) low = middle + 1
    else high = middle
  }
  return low
}
