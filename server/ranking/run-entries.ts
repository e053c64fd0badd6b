// The lines of a run file while it is read, and how they become a ranking. Called by run-file.ts.
import type { IdCodes } from './id-table'
import type { Ranking } from './ranking'

/** Document of a rank for which a file has none. */
export const HOLE = -1

/** Documents and scores in the order of the file, in segments of one query each; a query may have several. */
export class EntryList {
  length = 0
  docs = new Int32Array(1 << 12)
  scores = new Float32Array(1 << 12)
  private readonly segments: { queryRow: number; from: number }[] = []
  private readonly segmentsOf = new Map<number, number[]>()
  private start = 0
  private readonly ranked = new DocSet()
  /** Documents of queries that are not in one piece. */
  private readonly pieces = new Map<number, Set<number>>()
  private piece: Set<number> | undefined

  /** True where the query has had lines before others came between. */
  startQuery(queryRow: number): boolean {
    const earlier = this.segmentsOf.get(queryRow)
    if (earlier && !this.pieces.has(queryRow)) this.pieces.set(queryRow, new Set(this.entriesOf(queryRow).map((i) => this.docs[i])))
    this.piece = this.pieces.get(queryRow)
    this.segmentsOf.set(queryRow, [...(earlier ?? []), this.segments.length])
    this.segments.push({ queryRow, from: this.length })
    this.start = this.length
    this.ranked.clear()
    return earlier !== undefined
  }

  /** Entries of the current segment. */
  get segmentLength(): number {
    return this.length - this.start
  }

  /** False where the current query has the document already. */
  add(doc: number, score: number): boolean {
    if (this.piece) {
      if (this.piece.has(doc)) return false
      this.piece.add(doc)
    } else if (!this.ranked.add(doc)) return false
    if (this.length === this.docs.length) this.grow()
    this.docs[this.length] = doc
    this.scores[this.length++] = score
    return true
  }

  /** Entries of a query, in the order of the file. */
  entriesOf(queryRow: number): number[] {
    return (this.segmentsOf.get(queryRow) ?? []).flatMap((s) => {
      const { from } = this.segments[s]
      return Array.from({ length: this.endOf(s) - from }, (_, i) => from + i)
    })
  }

  /** Query rows that have entries, ascending. */
  queryRows(): Int32Array {
    return Int32Array.from(this.segmentsOf.keys()).sort()
  }

  /** The one stretch of entries of a query, or null where it is in pieces. */
  stretchOf(queryRow: number): [from: number, to: number] | null {
    const segments = this.segmentsOf.get(queryRow)!
    return segments.length === 1 ? [this.segments[segments[0]].from, this.endOf(segments[0])] : null
  }

  private endOf(segment: number): number {
    return this.segments[segment + 1]?.from ?? this.length
  }

  private grow(): void {
    const docs = new Int32Array(2 * this.length)
    const scores = new Float32Array(2 * this.length)
    docs.set(this.docs)
    scores.set(this.scores)
    this.docs = docs
    this.scores = scores
  }
}

/** A set of documents that is cleared in no time: an entry counts if it carries the current mark. Small enough for the cache. */
class DocSet {
  private docs = new Int32Array(1 << 11)
  private marks = new Int32Array(1 << 11)
  private mark = 0
  private size = 0

  clear(): void {
    this.mark++
    this.size = 0
  }

  /** False where it is in the set already. */
  add(doc: number): boolean {
    const mask = this.docs.length - 1
    const hash = Math.imul(doc, 0x9e3779b1) // Knuth's multiplicative hash
    let at = (hash ^ (hash >>> 15)) & mask
    for (; this.marks[at] === this.mark; at = (at + 1) & mask) if (this.docs[at] === doc) return false
    this.docs[at] = doc
    this.marks[at] = this.mark
    if (++this.size * 2 > this.docs.length) this.grow()
    return true
  }

  private grow(): void {
    const { docs, marks, mark } = this
    this.docs = new Int32Array(4 * docs.length)
    this.marks = new Int32Array(4 * docs.length).fill(-1)
    this.size = 0
    docs.forEach((doc, i) => marks[i] === mark && this.add(doc))
  }
}

/** Score descending, then document id descending as text: the order of trec_eval. */
export function arrangeByScore(entries: EntryList, docIds: IdCodes): Ranking {
  const { docs, scores } = entries
  const compare = (a: number, b: number) => scores[b] - scores[a] || compareIds(docIds, docs[b], docs[a])
  return arrange(entries, {
    isInOrder(from, to) {
      for (let i = from + 1; i < to; i++) if (!(scores[i - 1] > scores[i]) && compare(i - 1, i) >= 0) return false
      return true
    },
    order: (part) => part.sort(compare),
  })
}

/** By rank, which is the negative score; ranks that the file lacks are holes. */
export function arrangeByRank(entries: EntryList): Ranking {
  const { scores } = entries
  return arrange(entries, {
    isInOrder(from, to) {
      for (let i = from; i < to; i++) if (scores[i] !== from - i - 1) return false
      return true
    },
    order(part) {
      part.sort((a, b) => scores[b] - scores[a])
      const withHoles = new Int32Array(-scores[part[part.length - 1]]).fill(HOLE)
      for (const i of part) withHoles[-scores[i] - 1] = i
      return withHoles
    },
  })
}

interface Order {
  isInOrder(from: number, to: number): boolean
  /** Gets the entries of a query and gives them in order of rank, HOLE where there is none. */
  order(part: Int32Array): Int32Array
}

function arrange(entries: EntryList, { isInOrder, order }: Order): Ranking {
  const queryRows = entries.queryRows()
  const offsets = new Uint32Array(queryRows.length + 1)
  // null: the stretch as it is
  const parts = Array.from(queryRows, (queryRow, q) => {
    const stretch = entries.stretchOf(queryRow)
    const part = stretch && isInOrder(...stretch) ? null : order(Int32Array.from(entries.entriesOf(queryRow)))
    offsets[q + 1] = offsets[q] + (part?.length ?? stretch![1] - stretch![0])
    return part
  })
  const docRows = new Int32Array(offsets[queryRows.length])
  const scores = new Float32Array(docRows.length)
  parts.forEach((part, q) => {
    const at = offsets[q]
    if (part === null) {
      const [from, to] = entries.stretchOf(queryRows[q])!
      docRows.set(entries.docs.subarray(from, to), at)
      scores.set(entries.scores.subarray(from, to), at)
    } else
      part.forEach((entry, i) => {
        docRows[at + i] = entry === HOLE ? HOLE : entries.docs[entry]
        scores[at + i] = entry === HOLE ? -(i + 1) : entries.scores[entry]
      })
  })
  return { queryRows, offsets, docRows, scores }
}

/** As bytes, which is how trec_eval compares ids. */
function compareIds(docIds: IdCodes, a: number, b: number): number {
  return Buffer.compare(Buffer.from(docIds.idOf(a)), Buffer.from(docIds.idOf(b)))
}
