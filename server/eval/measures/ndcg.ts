// Normalised discounted cumulative gain of one query. Called by evaluate.ts.

/**
 * NDCG@k = DCG of the first k / DCG of the best possible first k, DCG = sum of gain_i / log2(i + 1) over ranks i
 * (Järvelin & Kekäläinen 2002 with the discount from rank 1 on, as trec_eval's ndcg_cut_k). The gain is the grade itself: not
 * 2^grade - 1, which the "burges" variant of learning-to-rank papers uses. Grades below 0 gain nothing.
 * `grades[i]` is the grade of the document at rank i + 1; `judgedGrades` are the grades of all judged documents, in any order.
 */
export function ndcg(grades: ArrayLike<number>, judgedGrades: ArrayLike<number>, cut: number): number {
  const ideal = discountedGain(Array.from(judgedGrades).sort((a, b) => b - a), cut)
  return ideal === 0 ? 0 : discountedGain(grades, cut) / ideal
}

function discountedGain(grades: ArrayLike<number>, cut: number): number {
  let sum = 0
  for (let i = 0; i < Math.min(cut, grades.length); i++) if (grades[i] > 0) sum += grades[i] / Math.log2(i + 2)
  return sum
}
