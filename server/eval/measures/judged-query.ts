// One query's ranking in the eyes of the measures: only its judged documents, because no measure looks at the others one by one.
// Made by evaluate.ts, read by the measures beside this file.

export interface JudgedQuery {
  /** Ranks, from 1, of the judged documents that were retrieved, ascending. */
  ranks: ArrayLike<number>
  /** Their grades. */
  grades: ArrayLike<number>
  /** Documents in the ranking. */
  retrieved: number
  /** Grades of all judged documents, retrieved or not, in any order. */
  judgedGrades: ArrayLike<number>
  /** Highest grade of all judgements, not only this query's. */
  maxGrade: number
}

/** Judged documents of grade `level` and above. */
export function relevantCount({ judgedGrades }: JudgedQuery, level: number): number {
  let count = 0
  for (let i = 0; i < judgedGrades.length; i++) if (judgedGrades[i] >= level) count++
  return count
}

/** Retrieved documents of grade `level` and above within the first `cut` ranks. */
export function relevantWithin({ ranks, grades }: JudgedQuery, cut: number, level: number): number {
  let count = 0
  for (let i = 0; i < ranks.length && ranks[i] <= cut; i++) if (grades[i] >= level) count++
  return count
}
