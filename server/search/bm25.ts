// BM25 over an index in memory. Called by jobs/steps/bm25-retrieve.ts.
import { stopIfCancelled } from '@/server/files/cancel'
import { sortRanked, type RankedRows } from '@/server/ranking/ranking'
import { analyse } from '@/server/text/analyse'

const CHECK_DOCS = 8192

export interface Bm25Options {
  /** How soon repeated terms stop counting. */
  k1: number
  /** How much long documents are held against them, 0 to 1. */
  b: number
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
  /** Postings of term t are docRows and weights [offsets[t], offsets[t + 1]). */
  private readonly offsets: Uint32Array
  private readonly docRows: Int32Array
  /** The whole summand: what a term adds to a document's score. */
  private readonly weights: Float32Array
  /** Work space of search(): all zero between calls. */
  private readonly scores: Float32Array
  private readonly touched: Int32Array

  constructor(texts: Iterable<string>, options: Bm25Options) {
    const counted = countTerms(texts, options)
    const { termOf, lengths, frequencies } = counted
    this.termOf = termOf
    this.docCount = lengths.length
    this.offsets = new Uint32Array(frequencies.length + 1)
    for (let t = 0; t < frequencies.length; t++) this.offsets[t + 1] = this.offsets[t] + frequencies[t]
    this.docRows = new Int32Array(counted.terms.length)
    this.weights = new Float32Array(counted.terms.length)
    this.scores = new Float32Array(this.docCount)
    this.touched = new Int32Array(this.docCount)
    this.fillPostings(counted, options)
  }

  /** The best k documents that share a term with the query, in ranking order; fewer where fewer do. */
  search(text: string, k: number): RankedRows {
    const { scores, touched } = this
    let touchedCount = 0
    for (const term of analyse(text)) {
      const t = this.termOf.get(term)
      if (t === undefined) continue
      for (let i = this.offsets[t]; i < this.offsets[t + 1]; i++) {
        const docRow = this.docRows[i]
        if (scores[docRow] === 0) touched[touchedCount++] = docRow
        scores[docRow] += this.weights[i]
      }
    }
    const found = touched.subarray(0, touchedCount)
    const best = touchedCount > k ? selectBest(found, scores, k) : Int32Array.from(found)
    const ranked = sortRanked(best, Float32Array.from(best, (docRow) => scores[docRow]))
    for (let i = 0; i < touchedCount; i++) scores[found[i]] = 0
    return ranked
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
      }
    }
  }
}

interface TermCounts {
  termOf: Map<string, number>
  /** Distinct terms of document d and how often each occurs: terms and counts [docStarts[d], docStarts[d + 1]). */
  terms: Int32Array
  counts: Uint16Array | Int32Array
  docStarts: Uint32Array
  /** Terms per document, repeated ones each time. */
  lengths: Int32Array
  /** Documents per term. */
  frequencies: Int32Array
}

function countTerms(texts: Iterable<string>, { signal, onProgress }: Bm25Options): TermCounts {
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

/** The k best of the rows by the order of rankings, unsorted: a heap whose root is the worst of those kept. */
function selectBest(rows: Int32Array, scores: Float32Array, k: number): Int32Array {
  const heap = new Int32Array(k)
  const worse = (a: number, b: number) => scores[a] < scores[b] || (scores[a] === scores[b] && a > b)
  let size = 0
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i]
    if (size < k) {
      let at = size++
      while (at > 0 && worse(row, heap[(at - 1) >> 1])) {
        heap[at] = heap[(at - 1) >> 1]
        at = (at - 1) >> 1
      }
      heap[at] = row
    } else if (worse(heap[0], row)) {
      let at = 0
      for (;;) {
        let child = 2 * at + 1
        if (child >= k) break
        if (child + 1 < k && worse(heap[child + 1], heap[child])) child++
        if (!worse(heap[child], row)) break
        heap[at] = heap[child]
        at = child
      }
      heap[at] = row
    }
  }
  return heap
}
