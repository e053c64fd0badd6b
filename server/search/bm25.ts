// BM25 over an index in memory, searched by one thread or several. Called by jobs/steps/bm25-retrieve.ts.
import { stopIfCancelled } from '@/server/files/cancel'
import { inOrder, openThreads } from '@/server/files/threads'
import type { RankedRows } from '@/server/ranking/ranking'
import { analyserOf, type Analyser } from '@/server/text/analyse'
import { PostingsSearch, searchBatch, type FoundDocs, type Postings, type QueryTerm, type SearchTask } from './bm25-postings'

const CHECK_DOCS = 8192
/** Queries that a thread gets at once, and from how many on threads pay for their start (about 0.1 s). */
const BATCH_QUERIES = 256
const THREADS_FROM_QUERIES = 4 * BATCH_QUERIES

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
  private readonly postings: Postings
  /** Per term its largest weight. */
  private readonly largestWeights: Float32Array
  private readonly searcher: PostingsSearch

  constructor(texts: Iterable<string>, options: Bm25Options) {
    this.analyse = options.analyse ?? analyserOf({})
    const counted = countTerms(texts, this.analyse, options)
    const { termOf, lengths, frequencies } = counted
    this.termOf = termOf
    this.docCount = lengths.length
    this.largestWeights = new Float32Array(frequencies.length)
    this.postings = this.fillPostings(counted, options)
    this.searcher = new PostingsSearch(this.postings)
  }

  /** The best k documents that share a term with the query, in ranking order; fewer where fewer do. */
  search(text: string, k: number): RankedRows {
    return this.searcher.search(this.queryTerms(text), k)
  }

  /** The best k of every query, in the order of the queries, the same whatever the number of threads. Throws cancelled. */
  async *searchAll(texts: Iterable<string>, k: number, { threads, signal }: { threads: number; signal?: AbortSignal }): AsyncGenerator<RankedRows> {
    const batches: QueryTerm[][][] = []
    for (const text of texts) {
      if (batches.length === 0 || batches[batches.length - 1].length === BATCH_QUERIES) batches.push([])
      batches[batches.length - 1].push(this.queryTerms(text))
    }
    const pool = threads > 1 && batches.length * BATCH_QUERIES > THREADS_FROM_QUERIES ? openThreads<SearchTask, FoundDocs>(import.meta.url, 'bm25-thread', threads) : null
    const work = async (queries: QueryTerm[][]): Promise<FoundDocs> => {
      stopIfCancelled(signal)
      const task = { postings: this.postings, queries, k }
      return pool ? pool.run(task) : searchBatch(task)
    }
    try {
      for await (const { docRows, scores, ends } of inOrder(batches, pool ? 2 * threads : 1, work)) {
        for (let i = 0; i < ends.length; i++) {
          const from = i > 0 ? ends[i - 1] : 0
          yield { docRows: docRows.subarray(from, ends[i]), scores: scores.subarray(from, ends[i]) }
        }
      }
    } finally {
      await pool?.close()
    }
  }

  /** The query's terms, rare ones first. */
  private queryTerms(text: string): QueryTerm[] {
    const times = new Map<string, number>()
    for (const term of this.analyse(text)) times.set(term, (times.get(term) ?? 0) + 1)
    const { offsets } = this.postings
    const frequency = (t: number) => offsets[t + 1] - offsets[t]
    const known = Array.from(times, ([term, n]) => ({ t: this.termOf.get(term) ?? -1, times: n, worthFromHere: 0 })).filter(({ t }) => t >= 0)
    const terms = known.sort((a, b) => frequency(a.t) - frequency(b.t) || a.t - b.t)
    let worth = 0
    for (const term of terms.toReversed()) term.worthFromHere = worth += this.largestWeights[term.t] * term.times
    return terms
  }

  private fillPostings({ terms, counts, docStarts, lengths, frequencies }: TermCounts, { k1, b }: Bm25Options): Postings {
    const meanLength = lengths.reduce((sum, length) => sum + length, 0) / lengths.length
    const idf = Float64Array.from(frequencies, (df) => Math.log(1 + (this.docCount - df + 0.5) / (df + 0.5)))
    const offsets = shared(Float64Array, frequencies.length + 1)
    for (let t = 0; t < frequencies.length; t++) offsets[t + 1] = offsets[t] + frequencies[t]
    const docRows = shared(Int32Array, terms.length)
    const weights = shared(Float32Array, terms.length)
    const next = offsets.slice()
    for (let docRow = 0; docRow < this.docCount; docRow++) {
      const norm = k1 * (1 - b + (b * lengths[docRow]) / meanLength)
      for (let i = docStarts[docRow]; i < docStarts[docRow + 1]; i++) {
        const at = next[terms[i]]++
        docRows[at] = docRow
        weights[at] = (idf[terms[i]] * counts[i]) / (counts[i] + norm)
        this.largestWeights[terms[i]] = Math.max(this.largestWeights[terms[i]], weights[at])
      }
    }
    return { docCount: this.docCount, offsets, docRows, weights }
  }
}

/** In memory that threads share. */
function shared<T>(type: { new (buffer: SharedArrayBuffer): T; BYTES_PER_ELEMENT: number }, length: number): T {
  return new type(new SharedArrayBuffer(length * type.BYTES_PER_ELEMENT))
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
