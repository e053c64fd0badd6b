// Searches the postings of a BM25 index. Postings lie in shared memory, so that several threads search them. Called by bm25.ts and
// bm25-thread.ts.
import type { RankedRows } from '@/server/ranking/ranking'

/** Postings of a term from which it pays to find out what is still possible. */
const FREQUENT = 1000
/** Rows have up to 28 bits: 268 million documents. */
const LAST_ROW = 0x0fffffff

export interface Postings {
  docCount: number
  /** Postings of term t are docRows and weights [offsets[t], offsets[t + 1]). */
  offsets: Float64Array
  docRows: Int32Array
  /** The whole summand: what a term adds to a document's score. */
  weights: Float32Array
}

/** A term of a query and how often it occurs there; worthFromHere bounds what it and the terms after it can add to a score. */
export interface QueryTerm {
  t: number
  times: number
  worthFromHere: number
}

export class PostingsSearch {
  /** Work space of search(): scores are all zero between calls; documents have one more place, which is written before it is known whether it counts. */
  private readonly scores: Float32Array
  private readonly touched: Int32Array
  private readonly kept: Int32Array

  constructor(private readonly postings: Postings) {
    const { docCount } = postings
    this.scores = new Float32Array(docCount)
    this.touched = new Int32Array(docCount + 1)
    this.kept = new Int32Array(docCount + 1)
  }

  /**
   * The best k documents that have one of the terms, in ranking order; fewer where fewer do.
   * Terms come rare ones first. As soon as all terms still to come are worth less than the k-th best score so far, a document not
   * seen yet cannot win any more, so common words only add to documents that can ("quit and continue" of Moffat & Zobel 1996,
   * made exact by the bounds).
   */
  search(terms: readonly QueryTerm[], k: number): RankedRows {
    const { scores, touched } = this
    const { offsets, docRows, weights } = this.postings
    let touchedCount = 0
    /** Set when no further document can win: those that still can. */
    let candidates: Int32Array | null = null
    const worth = terms.length ? terms[0].worthFromHere : 0
    for (const { t, times, worthFromHere } of terms) {
      const [from, to] = [offsets[t], offsets[t + 1]]
      // no score so far is above what the terms before this one are worth: where that is less than what is to come, any document can still win
      if (touchedCount > k && to - from > FREQUENT && worth - worthFromHere > worthFromHere) candidates = this.stillPossible(candidates ?? touched.subarray(0, touchedCount), k, worthFromHere, worth) ?? candidates
      if (candidates) this.addTo(candidates, from, to, times)
      else touchedCount = addAll(scores, touched, touchedCount, docRows, weights, from, to, times)
    }
    const ranked = rankBest(candidates ?? touched.subarray(0, touchedCount), scores, k, worth, this.kept)
    if (touchedCount * 8 > scores.length) scores.fill(0)
    else for (let i = 0; i < touchedCount; i++) scores[touched[i]] = 0
    return ranked
  }

  /** The documents that can still be among the best k, or null where even one not seen yet can. */
  private stillPossible(found: Int32Array, k: number, worthToCome: number, worth: number): Int32Array | null {
    const { scores } = this
    // Scores are float32 sums: leave room for their rounding.
    const needed = atLeastKth(found, scores, k, worth) * 0.9999 - worthToCome * 1.0001
    if (needed <= 0) return null
    return atLeast(found, scores, needed, this.kept)
  }

  /** Adds the postings [from, to) to these documents: looked up one by one if they are few, else by a pass over the postings. */
  private addTo(candidates: Int32Array, from: number, to: number, times: number): void {
    const { scores } = this
    const { docRows, weights } = this.postings
    if (candidates.length * Math.log2(to - from) > to - from) {
      // Documents that lost their chance are added to as well, which changes nothing.
      for (let i = from; i < to; i++) {
        const before = scores[docRows[i]]
        scores[docRows[i]] = before === 0 ? 0 : before + weights[i] * times
      }
      return
    }
    for (let c = 0; c < candidates.length; c++) {
      const docRow = candidates[c]
      let low = from
      let high = to
      while (low < high) {
        const middle = (low + high) >>> 1
        if (docRows[middle] < docRow) low = middle + 1
        else high = middle
      }
      if (low < to && docRows[low] === docRow) scores[docRow] += weights[low] * times
    }
  }
}

/** Queries for one thread, by their terms. */
export interface SearchTask {
  postings: Postings
  queries: QueryTerm[][]
  k: number
}

/** The documents of query i are [ends[i - 1], ends[i]). */
export interface FoundDocs {
  docRows: Int32Array<ArrayBuffer>
  scores: Float32Array<ArrayBuffer>
  ends: Uint32Array<ArrayBuffer>
}

export function searchBatch({ postings, queries, k }: SearchTask): FoundDocs {
  const search = new PostingsSearch(postings)
  const found = queries.map((terms) => search.search(terms, k))
  const ends = new Uint32Array(queries.length)
  found.forEach(({ docRows }, i) => (ends[i] = (i > 0 ? ends[i - 1] : 0) + docRows.length))
  const total = ends.at(-1) ?? 0
  const all = { docRows: new Int32Array(total), scores: new Float32Array(total), ends }
  found.forEach(({ docRows, scores }, i) => {
    all.docRows.set(docRows, ends[i] - docRows.length)
    all.scores.set(scores, ends[i] - docRows.length)
  })
  return all
}

/** Adds a term's postings [from, to) to the scores, and notes documents seen for the first time. Returns how many are noted. A function of its own, which the compiler keeps in registers. */
function addAll(scores: Float32Array, touched: Int32Array, count: number, docRows: Int32Array, weights: Float32Array, from: number, to: number, times: number): number {
  for (let i = from; i < to; i++) {
    const docRow = docRows[i]
    const before = scores[docRow]
    touched[count] = docRow // counts only if it is new: no branch that the processor guesses wrong
    count += before === 0 ? 1 : 0
    scores[docRow] = before + weights[i] * times
  }
  return count
}

const BINS = 2048
const bins = new Uint32Array(BINS)

/** A score that at least k of the rows (more than k) have: the lower edge of the bin that holds the k-th best. No score is above `worth`, but for rounding. */
function atLeastKth(rows: Int32Array, scores: Float32Array, k: number, worth: number): number {
  const scale = (BINS - 2) / worth
  bins.fill(0)
  for (let i = 0; i < rows.length; i++) bins[(scores[rows[i]] * scale) | 0]++
  let bin = BINS - 1
  for (let above = bins[bin]; above < k; ) above += bins[--bin]
  // the product above was rounded
  return (bin / scale) * (1 - 1e-6)
}

/** The rows that score at least so much, in `kept`, which may be where the rows are. */
function atLeast(rows: Int32Array, scores: Float32Array, least: number, kept: Int32Array): Int32Array {
  let count = 0
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i]
    kept[count] = row // stays only if it scores enough, as above
    count += scores[row] >= least ? 1 : 0
  }
  return kept.subarray(0, count)
}

/** The k best of the rows in ranking order; all where there are fewer. */
function rankBest(rows: Int32Array, scores: Float32Array, k: number, worth: number, kept: Int32Array): RankedRows {
  const possible = rows.length > 2 * k ? atLeast(rows, scores, atLeastKth(rows, scores, k, worth), kept) : rows
  const count = possible.length
  const keys = new Float64Array(count)
  const low = new Uint32Array(keys.buffer)
  for (let i = 0; i < count; i++) {
    // a float32 leaves the lowest 29 bits of a float64 empty: the row fits there, lower ones greater
    keys[i] = scores[possible[i]]
    low[2 * i] |= LAST_ROW - possible[i]
  }
  const sorted = keys.sort()
  const size = Math.min(k, count)
  const best = { docRows: new Int32Array(size), scores: new Float32Array(size) }
  for (let i = 0; i < size; i++) {
    const at = count - 1 - i
    best.docRows[i] = LAST_ROW - (low[2 * at] & LAST_ROW)
    low[2 * at] &= ~LAST_ROW
    best.scores[i] = sorted[at]
  }
  return best
}
