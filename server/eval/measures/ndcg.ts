// Normalised discounted cumulative gain of one query. Formula and sources: contract/measure-families.ts.
import type { JudgedQuery } from './judged-query'

const GAINS = { linear: (grade: number) => grade, exp: (grade: number) => 2 ** grade - 1 }

/** The discount starts at rank 1, as in trec_eval (Järvelin & Kekäläinen's starts at rank 2). Grades of 0 and below gain nothing. */
export function ndcg({ ranks, grades, judgedGrades }: JudgedQuery, cut: number, gain: keyof typeof GAINS): number {
  const best = Array.from(judgedGrades).filter((grade) => grade > 0).sort((a, b) => b - a)
  let ideal = 0
  for (let i = 0; i < best.length && i < cut; i++) ideal += GAINS[gain](best[i]) / Math.log2(i + 2)
  let sum = 0
  for (let i = 0; i < ranks.length && ranks[i] <= cut; i++) if (grades[i] > 0) sum += GAINS[gain](grades[i]) / Math.log2(ranks[i] + 1)
  return ideal === 0 ? 0 : sum / ideal
}
