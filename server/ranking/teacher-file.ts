// Reads a file of a teacher's scores into a ranking of the training queries. Two layouts, told apart by the first line: `query document
// score`, and `score-of-positive score-of-negative query positive negative` (the release of Hofstätter et al. 2020). Tabs or blanks, plain or
// gz, official ids. Called by the teacher-scores step.
import { isUtf8 } from 'node:buffer'
import { AppError } from '@/contract/errors'
import type { Ids } from '@/server/dataset/ids'
import { lineBlocks } from '@/server/dataset/line-blocks'
import { badLine } from '@/server/dataset/tsv-lines'
import { stopIfCancelled } from '@/server/files/cancel'
import { placeOf, sortRanked, type Ranking } from './ranking'
import { newColumns, parseFloat32, splitColumns } from './run-columns'

export interface TeacherFileOptions {
  queryIds: Pick<Ids, 'rowOf'>
  docIds: Pick<Ids, 'rowOf' | 'idOf'>
  /** Rows of the training queries, ascending. */
  queryRows: Int32Array
  isRelevant(queryRow: number, docRow: number): boolean
}

export interface TeacherScores {
  /** Every training query with the documents that have a score, possibly none. */
  ranking: Ranking
  /** Training queries with scores for a relevant document and for another: those that can be taught. */
  taught: number
  /** What was left out, each with a count and the first place. */
  warnings: string[]
}

const LINE_FEED = 0x0a
const LAYOUTS = { 3: 'query, document, score', 5: 'score of the positive, score of the negative, query, positive, negative' } as const
/** Scores of one pair that differ by less are the same: half precision rounds 8 to 16 to 2^-7. */
const SAME_SCORE = 0.01

/** Throws AppError bad-input that names file, line, value and what to do. */
export async function readTeacherFile(file: string, { signal, progress, ...options }: TeacherFileOptions & { signal?: AbortSignal; progress?: (bytesRead: number) => void }): Promise<TeacherScores> {
  const parser = new TeacherFileParser(file, options)
  for await (const { bytes, bytesRead } of lineBlocks(file)) {
    stopIfCancelled(signal)
    parser.add(bytes)
    progress?.(bytesRead)
  }
  return parser.finish()
}

/** Lines that are left out for one reason. */
class LeftOut {
  private count = 0
  private first = ''

  constructor(private readonly describe: (count: number, first: string) => string) {}

  note(line: number, id: string): void {
    if (this.count++ === 0) this.first = `"${id}" on line ${line}`
  }

  get words(): string[] {
    return this.count ? [this.describe(this.count, this.first)] : []
  }
}

/** Gets a file's blocks of whole lines in order. */
export class TeacherFileParser {
  private readonly columns = newColumns()
  private layout: keyof typeof LAYOUTS | null = null
  private lines = 0
  private length = 0
  /** Of each score: place of its query among the training queries, document row, line. */
  private places = new Int32Array(1 << 12)
  private docs = new Int32Array(1 << 12)
  private lineOf = new Uint32Array(1 << 12)
  private scores = new Float32Array(1 << 12)
  /** A positive comes again with each of its negatives; its entry, by place * documents + row. */
  private readonly positives = new Map<string, number>()
  private readonly unknownQueries = new LeftOut((n, first) => `${n} lines are of queries that the data set does not have, the first ${first}`)
  private readonly otherQueries = new LeftOut((n, first) => `${n} lines are of queries that are not trained on (other splits, or no relevant document), the first ${first}`)
  private readonly unknownDocs = new LeftOut((n, first) => `${n} scores are of documents that the data set does not have, the first ${first}`)
  private readonly unjudged = new LeftOut((n, first) => `${n} positives are not relevant by the data set’s qrels and are left out, the first ${first}`)

  constructor(
    private readonly file: string,
    private readonly o: TeacherFileOptions,
  ) {}

  add(bytes: Uint8Array): void {
    const block = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
    const valid = isUtf8(block)
    for (let start = 0; start < block.length; ) {
      const found = block.indexOf(LINE_FEED, start)
      const end = found < 0 ? block.length : found
      this.lines++
      if (!valid && !isUtf8(block.subarray(start, end))) throw this.bad('not valid UTF-8', 'convert the file to UTF-8')
      this.readLine(block, start, end > start && block[end - 1] === 0x0d ? end - 1 : end)
      start = end + 1
    }
  }

  private readLine(bytes: Buffer, start: number, end: number): void {
    const { columns } = this
    splitColumns(bytes, start, end, columns)
    if (columns.separator === 'mixed') throw this.bad('tabs and blanks are mixed, so that ids with blanks in them cannot be told from columns', 'separate the columns by one of them')
    this.layout ??= this.layoutOf(columns.count)
    if (columns.count !== this.layout) throw this.bad(`expected ${this.layout} columns (${LAYOUTS[this.layout]}), found ${columns.count === 0 ? 'an empty line' : columns.count}`, 're-export it')
    if (columns.empty >= 0) throw this.bad(`column ${columns.empty + 1} is empty`, 're-export it')
    if (this.layout === 3) {
      const score = this.score(bytes, 2)
      const place = this.query(bytes, 0)
      const doc = place < 0 ? -1 : this.doc(bytes, 1)
      if (doc >= 0) this.push(place, doc, score)
      return
    }
    const [ofPositive, ofNegative] = [this.score(bytes, 0), this.score(bytes, 1)]
    const place = this.query(bytes, 2)
    if (place < 0) return
    const [positive, negative] = [this.doc(bytes, 3), this.doc(bytes, 4)]
    if (positive >= 0) this.pushPositive(place, positive, ofPositive, bytes)
    if (negative >= 0) this.push(place, negative, ofNegative)
  }

  private layoutOf(count: number): keyof typeof LAYOUTS {
    if (count === 3 || count === 5) return count
    throw this.bad(`expected 3 columns (${LAYOUTS[3]}) or 5 (${LAYOUTS[5]}), found ${count === 0 ? 'an empty line' : count}`, 're-export it in one of these layouts')
  }

  private score(bytes: Buffer, column: number): number {
    const score = parseFloat32(bytes, this.columns.from[column], this.columns.to[column])
    if (!Number.isFinite(score)) throw this.bad(`the score "${this.text(bytes, column)}" is not a number of 32 bits`, this.lines === 1 ? 'correct it, or remove the heading' : 'correct it')
    return score
  }

  /** Place among the training queries, or -1. */
  private query(bytes: Buffer, column: number): number {
    const id = this.text(bytes, column)
    const row = this.o.queryIds.rowOf(id)
    const place = row === undefined ? -1 : placeOf(this.o.queryRows, row)
    if (place < 0) (row === undefined ? this.unknownQueries : this.otherQueries).note(this.lines, id)
    return place
  }

  private doc(bytes: Buffer, column: number): number {
    const id = this.text(bytes, column)
    const row = this.o.docIds.rowOf(id)
    if (row === undefined) this.unknownDocs.note(this.lines, id)
    return row ?? -1
  }

  private pushPositive(place: number, doc: number, score: number, bytes: Buffer): void {
    if (!this.o.isRelevant(this.o.queryRows[place], doc)) return this.unjudged.note(this.lines, this.text(bytes, 3))
    const key = `${place} ${doc}`
    const earlier = this.positives.get(key)
    if (earlier !== undefined) return this.compare(earlier, score, this.lines)
    this.positives.set(key, this.length)
    this.push(place, doc, score)
  }

  private push(place: number, doc: number, score: number): void {
    if (this.length === this.docs.length) this.grow()
    const at = this.length++
    this.places[at] = place
    this.docs[at] = doc
    this.scores[at] = score
    this.lineOf[at] = this.lines
  }

  private grow(): void {
    const grown = <T extends Int32Array | Uint32Array | Float32Array>(from: T, to: T): T => (to.set(from), to)
    const length = 2 * this.length
    this.places = grown(this.places, new Int32Array(length))
    this.docs = grown(this.docs, new Int32Array(length))
    this.lineOf = grown(this.lineOf, new Uint32Array(length))
    this.scores = grown(this.scores, new Float32Array(length))
  }

  /** Throws where a pair has two scores. */
  private compare(entry: number, score: number, line: number): void {
    const earlier = this.scores[entry]
    if (Math.abs(score - earlier) <= SAME_SCORE * Math.max(1, Math.abs(earlier))) return
    throw badLine(this.file, line, `document "${this.o.docIds.idOf(this.docs[entry])}" has the score ${shown(score)}, and ${shown(earlier)} for the same query on line ${this.lineOf[entry]}`, 'give the scores of one teacher only')
  }

  finish(): TeacherScores {
    const leftOut = [this.unknownQueries, this.otherQueries, this.unknownDocs, this.unjudged].flatMap(({ words }) => words)
    if (this.length === 0) throw new AppError('bad-input', `${this.file} has no score for a training query and a document of this data set (${leftOut.join('; ')}); give the file that was made for it, with official ids`)
    const { queryRows, isRelevant } = this.o
    const starts = this.startsByQuery()
    const ranking = { queryRows, offsets: new Uint32Array(queryRows.length + 1), docRows: new Int32Array(this.length), scores: new Float32Array(this.length) }
    let taught = 0
    let ranked = 0
    let several = 0
    for (let place = 0, at = 0; place < queryRows.length; place++) {
      const { docRows, scores } = this.scoresOf(starts.entries.subarray(starts.offsets[place], starts.offsets[place + 1]))
      ranking.docRows.set(docRows, at)
      ranking.scores.set(scores, at)
      at += docRows.length
      ranking.offsets[place + 1] = at
      const relevant = docRows.reduce((count, row) => count + +isRelevant(queryRows[place], row), 0)
      if (relevant > 0 && relevant < docRows.length) taught++
      if (docRows.length > 1) several++
      if (docRows.length > 1 && isRanks(scores)) ranked++
    }
    const used = ranking.offsets[queryRows.length]
    if (this.layout === 3 && several > 0 && ranked === several) throw new AppError('bad-input', `The third column of ${this.file} holds ranks (1, 2, 3 for each query), not scores; give the teacher's scores`)
    if (taught === 0) throw new AppError('bad-input', `${this.file} scores no training query with both a relevant document and another, so there is no margin to learn; add the scores of the positives`)
    const without = queryRows.length - taught
    const warnings = [...leftOut, ...(without > 0 ? [`${without} of ${queryRows.length} training queries have no scored positive and negative: they learn nothing from the teacher`] : [])]
    return { ranking: { ...ranking, docRows: ranking.docRows.slice(0, used), scores: ranking.scores.slice(0, used) }, taught, warnings }
  }

  /** Entries of each query, in the order of the file: entries[offsets[place], offsets[place + 1]). */
  private startsByQuery(): { offsets: Uint32Array; entries: Uint32Array } {
    const offsets = new Uint32Array(this.o.queryRows.length + 1)
    for (let i = 0; i < this.length; i++) offsets[this.places[i] + 1]++
    for (let place = 0; place < this.o.queryRows.length; place++) offsets[place + 1] += offsets[place]
    const next = offsets.slice()
    const entries = new Uint32Array(this.length)
    for (let i = 0; i < this.length; i++) entries[next[this.places[i]]++] = i
    return { offsets, entries }
  }

  /** A query's documents, each once, best first. */
  private scoresOf(entries: Uint32Array): { docRows: Int32Array; scores: Float32Array } {
    const order = entries.slice().sort((a, b) => this.docs[a] - this.docs[b] || a - b)
    const once = order.filter((entry, i) => {
      const isRepeat = i > 0 && this.docs[order[i - 1]] === this.docs[entry]
      if (isRepeat) this.compare(order[i - 1], this.scores[entry], this.lineOf[entry])
      return !isRepeat
    })
    return sortRanked(Int32Array.from(once, (entry) => this.docs[entry]), Float32Array.from(once, (entry) => this.scores[entry]))
  }

  private text(bytes: Buffer, column: number): string {
    return bytes.toString('utf8', this.columns.from[column], this.columns.to[column])
  }

  private bad(wrong: string, action: string): AppError {
    return badLine(this.file, this.lines, wrong, action)
  }
}

/** Whether a query's scores, best first, are n to 1. */
function isRanks(scores: Float32Array): boolean {
  return scores.every((score, i) => score === scores.length - i)
}

/** As the file has it, not as its float32 in double precision. */
const shown = (score: number) => Number(score.toPrecision(7))
