// How far a measure can be trusted where documents of a ranking are not judged (holes): its value if none of them were relevant and if
// all were. Called by the routes of app/api that show queries. With complete judgements both ends are the value itself.
import type { Measure } from '@/contract/measure'
import { measureQuery } from './measures/measure-query'
import type { JudgedQuery } from './measures/judged-query'

export interface MeasureBounds {
  least: number
  most: number
}

/** A query's ranking for the measures; `grades` by document, judged documents only. */
export function judgedQuery(docRows: ArrayLike<number>, grades: ReadonlyMap<number, number>, maxGrade: number): JudgedQuery {
  const ranks: number[] = []
  const found: number[] = []
  for (let i = 0; i < docRows.length; i++) {
    const grade = grades.get(docRows[i])
    if (grade === undefined) continue
    ranks.push(i + 1)
    found.push(grade)
  }
  return { ranks, grades: found, retrieved: docRows.length, judgedGrades: [...grades.values()], maxGrade }
}

/**
 * Holes are the documents within the measure's cut (all of them where it has none) that `grades` lacks. Least: they have grade 0; most:
 * they have the highest grade, and count among the relevant documents of recall and of the ideal ranking too.
 */
export function boundMeasure(measure: Measure, docRows: ArrayLike<number>, grades: ReadonlyMap<number, number>, maxGrade: number): MeasureBounds {
  const compute = measureQuery(measure)
  const filled = (grade: number) => {
    const all = new Map(grades)
    for (let i = 0; i < Math.min(docRows.length, measure.cut ?? Infinity); i++) if (!all.has(docRows[i])) all.set(docRows[i], grade)
    return compute(judgedQuery(docRows, all, maxGrade))
  }
  return { least: filled(0), most: filled(Math.max(1, maxGrade)) }
}

/** Documents within the first `cut` that nobody judged. */
export function countHoles(docRows: ArrayLike<number>, grades: ReadonlyMap<number, number>, cut: number): number {
  let holes = 0
  for (let i = 0; i < Math.min(docRows.length, cut); i++) if (!grades.has(docRows[i])) holes++
  return holes
}
