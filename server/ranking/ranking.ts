// Rankings by row: what retrieval gives for each query, in one total order. Written by the retrieve steps; read by mining, evaluation,
// inspection and the exporters.
import { AppError } from '@/contract/errors'
import { openArrays, readArrays, writeArrays, type ArrayFile } from '@/server/files/typed-array-file'

/** The documents of query queryRows[i] are docRows and scores [offsets[i], offsets[i + 1]), best first. queryRows ascend. */
export interface Ranking {
  queryRows: Int32Array
  offsets: Uint32Array
  docRows: Int32Array
  scores: Float32Array
}

export interface RankedRows {
  docRows: Int32Array
  scores: Float32Array
}

const DTYPES = ['i32', 'u32', 'i32', 'f32'] as const

/** Validates the order, so that what is on disk can be trusted. */
export function writeRanking(path: string, ranking: Ranking): void {
  checkRanking(ranking)
  const { queryRows, offsets, docRows, scores } = ranking
  writeArrays(path, [queryRows, offsets, docRows, scores].map((data) => ({ data, shape: [data.length] })))
}

export function readRanking(path: string): Ranking {
  const [queryRows, offsets, docRows, scores] = readArrays(path, DTYPES)
  if (offsets.length !== queryRows.length + 1 || offsets.at(-1) !== docRows.length || docRows.length !== scores.length) {
    throw new AppError('broken', `${path}: its arrays do not fit together; retrieve again`)
  }
  return { queryRows, offsets, docRows, scores }
}

export function openRanking(path: string): RankingFile {
  return new RankingFile(path)
}

/** Reads one query's documents without loading the others. */
export class RankingFile {
  readonly queryRows: Int32Array
  private readonly offsets: ArrayFile<'u32'>
  private readonly docRows: ArrayFile<'i32'>
  private readonly scores: ArrayFile<'f32'>

  constructor(path: string) {
    const [queryRows, offsets, docRows, scores] = openArrays(path, DTYPES)
    this.offsets = offsets
    this.docRows = docRows
    this.scores = scores
    this.queryRows = queryRows.readRows(0, queryRows.shape[0])
  }

  /** Null for a query that was not searched. */
  get(queryRow: number): RankedRows | null {
    const i = placeOf(this.queryRows, queryRow)
    if (i < 0) return null
    const [from, to] = this.offsets.readRows(i, i + 2)
    return { docRows: this.docRows.readRows(from, to), scores: this.scores.readRows(from, to) }
  }

  close(): void {
    this.offsets.close()
  }
}

/** Index of a query in ascending queryRows, or -1. */
export function placeOf(queryRows: Int32Array, queryRow: number): number {
  let low = 0
  let high = queryRows.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (queryRows[middle] < queryRow) low = middle + 1
    else high = middle
  }
  return queryRows[low] === queryRow ? low : -1
}

/** Collects the documents of queries, which must come with ascending rows, into a ranking. Sorts each query's. */
export class RankingBuilder {
  private readonly queryRows: number[] = []
  private readonly offsets: number[] = [0]
  private readonly parts: RankedRows[] = []

  add(queryRow: number, docRows: Int32Array, scores: Float32Array): void {
    this.queryRows.push(queryRow)
    this.parts.push(sortRanked(docRows, scores))
    this.offsets.push(this.offsets[this.offsets.length - 1] + docRows.length)
  }

  build(): Ranking {
    const total = this.offsets[this.offsets.length - 1]
    const ranking = { queryRows: Int32Array.from(this.queryRows), offsets: Uint32Array.from(this.offsets), docRows: new Int32Array(total), scores: new Float32Array(total) }
    this.parts.forEach((part, i) => {
      ranking.docRows.set(part.docRows, this.offsets[i])
      ranking.scores.set(part.scores, this.offsets[i])
    })
    return ranking
  }
}

/** The same documents in the one order that rankings have: score descending, then row ascending. Refuses NaN and infinity. */
export function sortRanked(docRows: Int32Array, scores: Float32Array): RankedRows {
  const odd = scores.findIndex((score) => !Number.isFinite(score))
  if (odd >= 0) throw new AppError('broken', `Document row ${docRows[odd]} has the score ${scores[odd]}, which has no place in a ranking; check the model's weights`)
  if (isSorted(docRows, scores)) return { docRows, scores }
  const order = Uint32Array.from(docRows, (_, i) => i).sort((a, b) => scores[b] - scores[a] || docRows[a] - docRows[b])
  return { docRows: Int32Array.from(order, (i) => docRows[i]), scores: Float32Array.from(order, (i) => scores[i]) }
}

// Searches mostly deliver in order already, and sorting costs more than they do.
function isSorted(docRows: Int32Array, scores: Float32Array): boolean {
  for (let i = 1; i < docRows.length; i++) if (scores[i - 1] < scores[i] || (scores[i - 1] === scores[i] && docRows[i - 1] > docRows[i])) return false
  return true
}

/** Throws AppError broken where queries do not ascend, documents are out of order or repeated, or a score is not finite. */
export function checkRanking({ queryRows, offsets, docRows, scores }: Ranking): void {
  const wrong = (what: string) => new AppError('broken', `The ranking is not in order: ${what}`)
  if (offsets.length !== queryRows.length + 1 || offsets[0] !== 0 || offsets.at(-1) !== docRows.length || docRows.length !== scores.length) throw wrong('its arrays do not fit together')
  for (let q = 0; q < queryRows.length; q++) {
    if (q > 0 && queryRows[q] <= queryRows[q - 1]) throw wrong(`query row ${queryRows[q]} follows ${queryRows[q - 1]}`)
    if (new Set(docRows.subarray(offsets[q], offsets[q + 1])).size !== offsets[q + 1] - offsets[q]) throw wrong(`a document is repeated for query row ${queryRows[q]}`)
    for (let i = offsets[q]; i < offsets[q + 1]; i++) {
      if (!Number.isFinite(scores[i])) throw wrong(`query row ${queryRows[q]}, document row ${docRows[i]} has the score ${scores[i]}`)
      const falls = i === offsets[q] || scores[i - 1] > scores[i] || (scores[i - 1] === scores[i] && docRows[i - 1] < docRows[i])
      if (!falls) throw wrong(`query row ${queryRows[q]}, document row ${docRows[i]} with score ${scores[i]} follows ${docRows[i - 1]} with ${scores[i - 1]}`)
    }
  }
}
