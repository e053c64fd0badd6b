// Measures over relevant and not relevant ones of a ranking's documents: AP and its relatives for incomplete judgements, infAP and Bpref,
// and the set measures' F. Formulas and sources: contract/measure-families.ts.
import { relevantCount, relevantWithin, type JudgedQuery } from './judged-query'

/** Divides by all relevant documents, found or not, also with a cut (trec_eval map_cut). */
export function averagePrecision(query: JudgedQuery, cut: number, level: number): number {
  const { ranks, grades } = query
  const relevant = relevantCount(query, level)
  let found = 0
  let sum = 0
  for (let i = 0; i < ranks.length && ranks[i] <= cut; i++) if (grades[i] >= level) sum += ++found / ranks[i]
  return relevant === 0 ? 0 : sum / relevant
}

/** Grade of a document that was pooled but not drawn into the sample that was judged. */
const POOLED_UNJUDGED = -1
const EPSILON = 0.00001

/** trec_eval's m_infap.c: documents out of the pool count as not relevant, pooled ones as the judged sample suggests. */
export function inferredAveragePrecision(query: JudgedQuery, level: number): number {
  const { ranks, grades } = query
  const relevant = relevantCount(query, level)
  let found = 0
  let notRelevant = 0
  let unjudged = 0
  let sum = 0
  for (let i = 0; i < ranks.length; i++) {
    if (grades[i] === POOLED_UNJUDGED) unjudged++
    else if (grades[i] < level) notRelevant++
    else {
      const above = ranks[i] - 1
      sum += above === 0 ? 1 : 1 / ranks[i] + (above / ranks[i]) * ((found + notRelevant + unjudged) / above) * ((found + EPSILON) / (found + notRelevant + 2 * EPSILON))
      found++
    }
  }
  return relevant === 0 ? 0 : sum / relevant
}

/** Documents with grades from 0 up to the level are judged not relevant; negative grades are passed over as unjudged. */
export function binaryPreference(query: JudgedQuery, level: number): number {
  const { ranks, grades, judgedGrades } = query
  const relevant = relevantCount(query, level)
  let judgedNotRelevant = 0
  for (let i = 0; i < judgedGrades.length; i++) if (judgedGrades[i] >= 0 && judgedGrades[i] < level) judgedNotRelevant++
  let above = 0
  let sum = 0
  for (let i = 0; i < ranks.length; i++) {
    if (grades[i] >= level) sum += above === 0 ? 1 : 1 - Math.min(above, relevant) / Math.min(judgedNotRelevant, relevant)
    else if (grades[i] >= 0) above++
  }
  return relevant === 0 ? 0 : sum / relevant
}

/** Harmonic mean of set precision and set recall. */
export function setF(query: JudgedQuery, level: number): number {
  const found = relevantWithin(query, Infinity, level)
  return found === 0 ? 0 : (2 * found) / (query.retrieved + relevantCount(query, level))
}
