// BM25 over an index in memory. Called by jobs/steps/bm25-retrieve.ts.
import { stopIfCancelled } from '@/server/files/cancel'
import type { RankedRows } from '@/server/ranking/ranking'
import { analyserOf, type Analyser } from '@/server/text/analyse'

const CHECK_DOCS = 8192
/** Postings of a term from which it pays to find out what is still possible. */
const FREQUENT = 1000

export interface Bm25Options {
  /** How soon repeated terms stop counting. */
  k1: number
  /** How much long documents are held against them, 0 to 1. */
  b: number
  /** Texts to terms, for documents and queries alike; plain words unless given. */
  analyse?: Analyser
  signal?: AbortSignal
  /** Called now and then with the number of documents indexed. */
  onProgress?: (docs: number) => void
}

/**
 * score(q, d) = sum over terms t of q (repeated ones each time) of idf(t) * tf / (tf + k1 * (1 - b + b * length(d) / mean length)),
 * idf(t) = ln(1 + (N - df + 0.5) / (df + 0.5)).
 * Robertson & Zaragoza 2009 in Lucene's form: without the constant factor k1 + 1, and with an idf that is never negative.
 */
export class Bm25Index {
  readonly docCount: number
  private readonly termOf: Map<string, number>
  private readonly analyse: Analyser
  /** Postings of term t are docRows and weights [offsets[t], offsets[t + 1]). */
  private readonly offsets: Uint32Array
  private readonly docRows: Int32Array
  /** The whole summand: what a term adds to a document's score. */
  private readonly weights: Float32Array
  /** Per term its largest weight. */
  private readonly largestWeights: Float32Array
  /** Work space of search(): all zero between calls. */
  private readonly scores: Float32Array
  private readonly touched: Int32Array

  constructor(texts: Iterable<string>, options: Bm25Options) {
    this.analyse = options.analyse ?? analyserOf({})
    const counted = countTerms(texts, this.analyse, options)
    const { termOf, lengths, frequencies } = counted
    this.termOf = termOf
    this.docCount = lengths.length
    this.offsets = new Uint32Array(frequencies.length + 1)
    for (let t = 0; t < frequencies.length; t++) this.offsets[t + 1] = this.offsets[t] + frequencies[t]
    this.docRows = new Int32Array(counted.terms.length)
    this.weights = new Float32Array(counted.terms.length)
    this.largestWeights = new Float32Array(frequencies.length)
    this.scores = new Float32Array(this.docCount)
    this.touched = new Int32Array(this.docCount)
    this.fillPostings(counted, options)
  }

  /**
   * The best k documents that share a term with the query, in ranking order; fewer where fewer do.
   * Terms come rare ones first. As soon as all terms still to come are worth less than the k-th best score so far, a document not
   * seen yet cannot win any more, so common words only add to documents that can ("quit and continue" of Moffat & Zobel 1996,
   * made exact by the bounds).
   */
  search(text: string, k: number): RankedRows {
    const { scores, touched, docRows, weights } = this
    let touchedCount = 0
    /** Set when no further document can win: those that still can. */
    let candidates: Int32Array | null = null
    for (const { t, times, worthFromHere } of this.queryTerms(text)) {
      const [from, to] = [this.offsets[t], this.offsets[t + 1]]
      if (touchedCount > k && to - from > FREQUENT) candidates = this.stillPossible(candidates ?? touched.subarray(0, touchedCount), k, worthFromHere) ?? candidates
      if (candidates) this.addTo(candidates, from, to, times)
      else {
        for (let i = from; i < to; i++) {
          const docRow = docRows[i]
          if (scores[docRow] === 0) touched[touchedCount++] = docRow
          scores[docRow] += weights[i] * times
        }
      }
    }
    const best = sortBest(selectBest(candidates ?? touched.subarray(0, touchedCount), scores, k), scores)
    const ranked = { docRows: best, scores: Float32Array.from(best, (docRow) => scores[docRow]) }
    for (let i = 0; i < touchedCount; i++) scores[touched[i]] = 0
    return ranked
  }

  /** The query's terms, rare ones first; worthFromHere bounds what this term and those after it can add to a score. */
  private queryTerms(text: string): { t: number; times: number; worthFromHere: number }[] {
    const times = new Map<number, number>()
    for (const term of this.analyse(text)) {
      const t = this.termOf.get(term)
      if (t !== undefined) times.set(t, (times.get(t) ?? 0) + 1)
    }
    const frequency = (t: number) => this.offsets[t + 1] - this.offsets[t]
    const terms = Array.from(times, ([t, n]) => ({ t, times: n, worthFromHere: 0 })).sort((a, b) => frequency(a.t) - frequency(b.t) || a.t - b.t)
    let worth = 0
    for (const term of terms.toReversed()) term.worthFromHere = worth += this.largestWeights[term.t] * term.times
    return terms
  }

  /** The documents that can still be among the best k, or null where even one not seen yet can. */
  private stillPossible(found: Int32Array, k: number, worthToCome: number): Int32Array | null {
    const { scores } = this
    // Scores are float32 sums: leave room for their rounding.
    const needed = scores[selectBest(found, scores, k)[0]] * 0.9999 - worthToCome * 1.0001
    if (needed <= 0) return null
    const possible = new Int32Array(found.length)
    let count = 0
    for (let i = 0; i < found.length; i++) if (scores[found[i]] >= needed) possible[count++] = found[i]
    return possible.subarray(0, count)
  }

  /** Adds the postings [from, to) to these documents: looked up one by one if they are few, else by a pass over the postings. */
  private addTo(candidates: Int32Array, from: number, to: number, times: number): void {
    const { scores, docRows, weights } = this
    if (candidates.length * Math.log2(to - from) > to - from) {
      // Documents that lost their chance are added to as well, which changes nothing.
      for (let i = from; i < to; i++) if (scores[docRows[i]] !== 0) scores[docRows[i]] += weights[i] * times
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

  private fillPostings({ terms, counts, docStarts, lengths, frequencies }: TermCounts, { k1, b }: Bm25Options): void {
    const meanLength = lengths.reduce((sum, length) => sum + length, 0) / lengths.length
    const idf = Float64Array.from(frequencies, (df) => Math.log(1 + (this.docCount - df + 0.5) / (df + 0.5)))
    const next = this.offsets.slice()
    for (let docRow = 0; docRow < this.docCount; docRow++) {
      const norm = k1 * (1 - b + (b * lengths[docRow]) / meanLength)
      for (let i = docStarts[docRow]; i < docStarts[docRow + 1]; i++) {
        const at = next[terms[i]]++
        this.docRows[at] = docRow
        this.weights[at] = (idf[terms[i]] * counts[i]) / (counts[i] + norm)
        this.largestWeights[terms[i]] = Math.max(this.largestWeights[terms[i]], this.weights[at])
      }
    }
  }
}

interface TermCounts {
  termOf: Map<string, number>
  /** Distinct terms of document d and how often each occurs: terms and counts [docStarts[d], docStarts[d + 1]). */
  terms: Int32Array
  counts: Int32Array
  docStarts: Uint32Array
  /** Terms per document, repeated ones each time. */
  lengths: Int32Array
  /** Documents per term. */
  frequencies: Int32Array
}

function countTerms(texts: Iterable<string>, analyse: Analyser, { signal, onProgress }: Bm25Options): TermCounts {
  const termOf = new Map<string, number>()
  const frequencies: number[] = []
  const docStarts: number[] = [0]
  const lengths: number[] = []
  const terms = new IntList()
  const counts = new IntList()
  /** Where the current document has its entry of a term; older entries lie before the document's start. */
  const places: number[] = []
  for (const text of texts) {
    const start = docStarts[docStarts.length - 1]
    const docTerms = analyse(text)
    for (const term of docTerms) {
      let t = termOf.get(term)
      if (t === undefined) {
        t = termOf.size
        termOf.set(term, t)
        frequencies.push(0)
        places.push(-1)
      }
      if (places[t] >= start) counts.values[places[t]]++
      else {
        places[t] = terms.length
        terms.push(t)
        counts.push(1)
        frequencies[t]++
      }
    }
    lengths.push(docTerms.length)
    docStarts.push(terms.length)
    if (lengths.length % CHECK_DOCS === 0) {
      stopIfCancelled(signal)
      onProgress?.(lengths.length)
    }
  }
  return {
    termOf,
    terms: terms.values.subarray(0, terms.length),
    counts: counts.values.subarray(0, counts.length),
    docStarts: Uint32Array.from(docStarts),
    lengths: Int32Array.from(lengths),
    frequencies: Int32Array.from(frequencies),
  }
}

/** An Int32Array that grows. */
class IntList {
  values = new Int32Array(1 << 16)
  length = 0

  push(value: number): void {
    if (this.length === this.values.length) {
      const larger = new Int32Array(2 * this.length)
      larger.set(this.values)
      this.values = larger
    }
    this.values[this.length++] = value
  }
}

/** The k best of the rows as a heap: the first is the worst of them. All rows where there are fewer than k. */
function selectBest(rows: Int32Array, scores: Float32Array, k: number): Int32Array {
  const heap = rows.slice(0, k)
  for (let at = (heap.length >> 1) - 1; at >= 0; at--) sinkInto(heap, heap.length, at, heap[at], scores)
  for (let i = k; i < rows.length; i++) {
    if (scores[rows[i]] >= scores[heap[0]] && isWorse(heap[0], rows[i], scores)) sinkInto(heap, k, 0, rows[i], scores)
  }
  return heap
}

/** Sorts a heap in place, best first. */
function sortBest(heap: Int32Array, scores: Float32Array): Int32Array {
  for (let end = heap.length - 1; end > 0; end--) {
    const worst = heap[0]
    sinkInto(heap, end, 0, heap[end], scores)
    heap[end] = worst
  }
  return heap
}

/** The order of rankings: a comes after b. */
function isWorse(a: number, b: number, scores: Float32Array): boolean {
  return scores[a] < scores[b] || (scores[a] === scores[b] && a > b)
}

/** Puts `row` into the heap at `at` or below it, so that no child is worse than its parent. */
function sinkInto(heap: Int32Array, size: number, at: number, row: number, scores: Float32Array): void {
  for (;;) {
    let child = 2 * at + 1
    if (child >= size) break
    if (child + 1 < size && isWorse(heap[child + 1], heap[child], scores)) child++
    if (!isWorse(heap[child], row, scores)) break
    heap[at] = heap[child]
    at = child
  }
  heap[at] = row
}
