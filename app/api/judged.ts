// Official judgements and those made here, side by side for the routes that show queries. Nothing here writes.
import { parseMeasure, MEASURES, type Measure } from '@/contract/measure'
import type { BoundedMeasure, OwnJudgement } from '@/contract/judgement'
import type { Qrels } from '@/server/dataset/qrels'
import { boundMeasure, judgedQuery } from '@/server/eval/bounds'
import { measureQuery } from '@/server/eval/measures/measure-query'

const CHARTED: [string, Measure][] = MEASURES.map((id) => [id, parseMeasure(id)])

export interface JudgedLayers {
  official: ReadonlyMap<number, number>
  /** Official ones with those made here over them. */
  both: ReadonlyMap<number, number>
  own: number
}

/** Grades by document of one query. */
export function layersOf(qrels: Qrels, queryRow: number, own: readonly Pick<OwnJudgement, 'docRow' | 'grade'>[]): JudgedLayers {
  const official = new Map(qrels.judged(queryRow).map(({ docRow, grade }) => [docRow, grade]))
  return { official, own: own.length, both: own.length === 0 ? official : new Map([...official, ...own.map(({ docRow, grade }) => [docRow, grade] as const)]) }
}

/** The charted measures of one query's ranking. */
export function boundedMeasures(docRows: ArrayLike<number>, { official, both, own }: JudgedLayers, maxGrade: number): Record<string, BoundedMeasure> {
  return Object.fromEntries(
    CHARTED.map(([id, measure]) => {
      const compute = measureQuery(measure)
      return [id, { official: compute(judgedQuery(docRows, official, maxGrade)), own: own === 0 ? null : compute(judgedQuery(docRows, both, maxGrade)), ...boundMeasure(measure, docRows, both, maxGrade) }]
    }),
  )
}

/** Highest grade of all judgements. */
export const maxGradeOf = (qrels: Qrels) => qrels.grades.reduce((a, b) => Math.max(a, b), 0)
