// Likely false negatives: documents that were mined as hard negatives and may well be relevant, because nobody judged them. Called by the
// negatives route of app/api.
import type { Dataset } from '@/server/dataset/dataset'
import { analyserOf } from '@/server/text/analyse'

/** Share of terms in common (Jaccard) from which two documents count as near-duplicates. */
export const NEAR_DUPLICATE = 0.7
/** A negative that scores above this share of the best relevant document's score is near it. */
export const NEAR_SCORE = 0.95
/** How far down each ranking is looked: what is drawn as negative most often stands at the top. */
const LOOKED_AT = 10

/** What a query's negatives are read from: the ranking that they were mined from, relevant documents among them, or negatives that came without scores. */
export interface MinedFrom {
  queryRows: Int32Array
  /** Best first. */
  get(queryRow: number): { docRows: Int32Array; scores: Float32Array | null } | null
}

export interface Suspect {
  queryRow: number
  docRow: number
  rank: number
  /** Null where the negatives came without scores. */
  score: number | null
  /** The relevant document that it resembles most, or the one that scores best. */
  positiveRow: number
  /** Null where no relevant document was retrieved. */
  positiveScore: number | null
  /** Jaccard overlap of the terms of both, 0 to 1. */
  overlap: number
}

export interface Suspects {
  queries: number
  /** Negatives looked at: the first 10 of each query. */
  looked: number
  /** How many score above the query's best relevant document, near it, and repeat its words. */
  above: number
  near: number
  duplicates: number
  /** Score of each looked-at negative less that of its query's best relevant document, where one was retrieved. */
  margins: number[]
  /** Near-duplicates first, then by how far they score above the relevant document. */
  suspects: Suspect[]
}

/** Looks through the first documents of each query that are not relevant. Without scores only near-duplicates are found. */
export function findSuspects(mined: MinedFrom, dataset: Pick<Dataset, 'docs' | 'qrels'>, { maxQueries, keep }: { maxQueries: number; keep: number }): Suspects {
  const analyse = analyserOf({ stopWords: 'english' })
  const termsOf = (row: number) => new Set(analyse(dataset.docs.get(row)))
  const result: Suspects = { queries: 0, looked: 0, above: 0, near: 0, duplicates: 0, margins: [], suspects: [] }
  for (const queryRow of mined.queryRows.subarray(0, maxQueries)) {
    const { docRows, scores } = mined.get(queryRow)!
    const positives = dataset.qrels.relevant(queryRow).map(({ docRow }) => {
      const at = docRows.indexOf(docRow)
      return { docRow, score: at < 0 || !scores ? null : scores[at], terms: termsOf(docRow) }
    })
    if (positives.length === 0) continue
    const best = positives.reduce((a, b) => ((b.score ?? -Infinity) > (a.score ?? -Infinity) ? b : a))
    result.queries++
    let looked = 0
    for (let i = 0; i < docRows.length && looked < LOOKED_AT; i++) {
      const docRow = docRows[i]
      if (positives.some((positive) => positive.docRow === docRow)) continue
      looked++
      const score = scores ? scores[i] : null
      const terms = termsOf(docRow)
      const like = positives.map((positive) => ({ ...positive, overlap: jaccard(terms, positive.terms) })).reduce((a, b) => (b.overlap > a.overlap ? b : a))
      const isAbove = score !== null && (best.score === null || score > best.score)
      const isNear = score !== null && !isAbove && score >= best.score! - (1 - NEAR_SCORE) * Math.abs(best.score!)
      const isDuplicate = like.overlap >= NEAR_DUPLICATE
      if (score !== null && best.score !== null) result.margins.push(score - best.score)
      if (isAbove) result.above++
      if (isNear) result.near++
      if (isDuplicate) result.duplicates++
      const positive = isDuplicate ? like : best
      if (isAbove || isNear || isDuplicate) result.suspects.push({ queryRow, docRow, rank: i + 1, score, positiveRow: positive.docRow, positiveScore: positive.score, overlap: positive === like ? like.overlap : jaccard(terms, best.terms) })
    }
    result.looked += looked
  }
  const duplicate = ({ overlap }: Suspect) => (overlap >= NEAR_DUPLICATE ? overlap : 0)
  const margin = ({ score, positiveScore }: Suspect) => (score === null || positiveScore === null ? -Infinity : score - positiveScore)
  result.suspects.sort((a, b) => duplicate(b) - duplicate(a) || margin(b) - margin(a) || a.queryRow - b.queryRow)
  result.suspects.length = Math.min(keep, result.suspects.length)
  return result
}

function jaccard(a: ReadonlySet<string>, b: ReadonlySet<string>): number {
  let common = 0
  for (const term of a) if (b.has(term)) common++
  return a.size + b.size === 0 ? 0 : common / (a.size + b.size - common)
}
