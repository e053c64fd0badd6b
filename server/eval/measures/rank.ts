// Measures of where the first relevant documents stand, for a user who reads from the top: RR (MRR is its mean), ERR and RBP.
// Formulas and sources: contract/measure-families.ts.
import type { JudgedQuery } from './judged-query'

/** 1 / rank of the first document of grade `level` and above; 0 if there is none within `cut`. */
export function reciprocalRank({ ranks, grades }: JudgedQuery, cut: number, level: number): number {
  for (let i = 0; i < ranks.length && ranks[i] <= cut; i++) if (grades[i] >= level) return 1 / ranks[i]
  return 0
}

/** Chapelle et al. 2009: a document of grade g satisfies with probability (2^g - 1) / 2^max. Ranks without a judged document satisfy nobody. */
export function expectedReciprocalRank({ ranks, grades, maxGrade }: JudgedQuery, cut: number, max: number | null): number {
  let sum = 0
  let unsatisfied = 1
  for (let i = 0; i < ranks.length && ranks[i] <= cut; i++) {
    if (grades[i] <= 0) continue
    const satisfied = Math.min(1, (2 ** grades[i] - 1) / 2 ** (max ?? maxGrade))
    sum += (unsatisfied * satisfied) / ranks[i]
    unsatisfied *= 1 - satisfied
  }
  return sum
}

/** (1 - p) * sum of p^(rank - 1) over relevant documents: unlike AP it needs no count of the relevant documents that were missed. */
export function rankBiasedPrecision({ ranks, grades }: JudgedQuery, cut: number, level: number, p: number): number {
  let sum = 0
  for (let i = 0; i < ranks.length && ranks[i] <= cut; i++) if (grades[i] >= level) sum += p ** (ranks[i] - 1)
  return (1 - p) * sum
}
