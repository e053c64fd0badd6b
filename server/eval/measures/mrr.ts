// Reciprocal rank of one query. Called by evaluate.ts.

/**
 * RR@k = 1 / (rank of the first relevant document), 0 if none is within the first k. MRR is its mean over queries.
 * Official rule of MS MARCO (msmarco_eval.py, k = 10). Differs from trec_eval's recip_rank, which has no cut.
 * `grades[i]` is the grade of the document at rank i + 1, 0 where unjudged; relevant is a grade of at least `level`.
 */
export function reciprocalRank(grades: ArrayLike<number>, cut: number, level = 1): number {
  for (let i = 0; i < Math.min(cut, grades.length); i++) if (grades[i] >= level) return 1 / (i + 1)
  return 0
}
