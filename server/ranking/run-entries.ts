// The lines of a run file while it is read, and how they become a ranking. Called by run-file.ts.
import type { IdTable } from './id-table'
import type { Ranking } from './ranking'

/** Document row of a rank for which a file has no document. */
export const HOLE = -1

/** Documents and scores in the order of the file, in segments of one query each; a query may have several. */
export class EntryList {
  length = 0
  docRows = new Int32Array(1 << 12)
  scores = new Float32Array(1 << 12)
  readonly segments: { queryRow: number; from: number }[] = []
  private readonly segmentsOf = new Map<number, number[]>()
  private queryRow = -1
  /** Per document row the last query + 1 that ranked it. */
  private lastQuery = new Int32Array(1 << 12)
  /** Documents of queries that are not in one piece. */
  private readonly seen = new Map<number, Set<number>>()

  /** True where the query has had lines before others came between. */
  startQuery(queryRow: number): boolean {
    this.queryRow = queryRow
    const earlier = this.segmentsOf.get(queryRow)
    if (earlier && !this.seen.has(queryRow)) this.seen.set(queryRow, new Set(this.entriesOf(queryRow).map((i) => this.docRows[i])))
    this.segmentsOf.set(queryRow, [...(earlier ?? []), this.segments.length])
    this.segments.push({ queryRow, from: this.length })
    return earlier !== undefined
  }

  /** Entries of the current segment. */
  get segmentLength(): number {
    return this.length - this.segments[this.segments.length - 1].from
  }

  has(docRow: number): boolean {
    return this.seen.get(this.queryRow)?.has(docRow) ?? this.lastQuery[docRow] === this.queryRow + 1
  }

  add(docRow: number, score: number): void {
    if (this.length === this.docRows.length) this.grow()
    if (docRow >= this.lastQuery.length) {
      const larger = new Int32Array(Math.max(docRow + 1, 2 * this.lastQuery.length))
      larger.set(this.lastQuery)
      this.lastQuery = larger
    }
    this.seen.get(this.queryRow)?.add(docRow)
    this.lastQuery[docRow] = this.queryRow + 1
    this.docRows[this.length] = docRow
    this.scores[this.length++] = score
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
    const docRows = new Int32Array(2 * this.length)
    const scores = new Float32Array(2 * this.length)
    docRows.set(this.docRows)
    scores.set(this.scores)
    this.docRows = docRows
    this.scores = scores
  }
}

/** Score descending, then document id descending as text: the order of trec_eval. */
export function arrangeByScore(entries: EntryList, docIds: IdTable): Ranking {
  const { docRows, scores } = entries
  return arrange(entries, (part) => {
    let isSorted = true
    for (let i = 1; i < part.length && isSorted; i++) {
      const [above, here] = [part[i - 1], part[i]]
      isSorted = scores[above] > scores[here] || (scores[above] === scores[here] && compareIds(docIds, docRows[above], docRows[here]) > 0)
    }
    return isSorted ? part : part.sort((a, b) => scores[b] - scores[a] || compareIds(docIds, docRows[b], docRows[a]))
  })
}

/** By rank, which is the negative score; ranks that the file lacks are holes. */
export function arrangeByRank(entries: EntryList): Ranking {
  return arrange(entries, (part) => {
    part.sort((a, b) => entries.scores[b] - entries.scores[a])
    const last = -entries.scores[part[part.length - 1]]
    if (last === part.length) return part
    const withHoles = new Int32Array(last).fill(HOLE)
    for (const i of part) withHoles[-entries.scores[i] - 1] = i
    return withHoles
  })
}

/** `order` gets the entries of a query and gives them in order of rank, HOLE where there is none. */
function arrange(entries: EntryList, order: (part: Int32Array) => Int32Array): Ranking {
  const queryRows = entries.queryRows()
  const offsets = new Uint32Array(queryRows.length + 1)
  const parts = Array.from(queryRows, (queryRow, q) => {
    const stretch = entries.stretchOf(queryRow)
    const part = order(stretch ? Int32Array.from({ length: stretch[1] - stretch[0] }, (_, i) => stretch[0] + i) : Int32Array.from(entries.entriesOf(queryRow)))
    offsets[q + 1] = offsets[q] + part.length
    return part
  })
  const docRows = new Int32Array(offsets[queryRows.length])
  const scores = new Float32Array(docRows.length)
  parts.forEach((part, q) => {
    for (let i = 0; i < part.length; i++) {
      docRows[offsets[q] + i] = part[i] === HOLE ? HOLE : entries.docRows[part[i]]
      scores[offsets[q] + i] = part[i] === HOLE ? -(i + 1) : entries.scores[part[i]]
    }
  })
  return { queryRows, offsets, docRows, scores }
}

/** As bytes, which is how trec_eval compares ids. */
function compareIds(docIds: IdTable, a: number, b: number): number {
  return Buffer.compare(Buffer.from(docIds.idOf(a)), Buffer.from(docIds.idOf(b)))
}
