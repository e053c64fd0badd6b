// Recall of one query. Called by evaluate.ts.

/**
 * R@k = relevant documents within the first k / all relevant documents. As trec_eval's recall_k; differs from the "recall" of some
 * question-answering papers, which is 1 as soon as one relevant document is found (trec_eval: success_k).
 * `grades[i]` is the grade of the document at rank i + 1; relevant is a grade of at least `level`; relevantCount is over all judgements.
 */
export function recall(grades: ArrayLike<number>, relevantCount: number, cut: number, level = 1): number {
  let found = 0
  for (let i = 0; i < Math.min(cut, grades.length); i++) if (grades[i] >= level) found++
  return relevantCount === 0 ? 0 : found / relevantCount
}
