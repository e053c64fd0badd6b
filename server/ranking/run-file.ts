// Reads run files: TREC (query Q0 document rank score tag), MS MARCO (query, document, rank) and rankings with scores (query, document,
// score), gzipped or not. Called by `drhard eval`, `fuse` and `convert`, by uploads of external runs and by tests.
// What is wrong is named with its line, and nothing is repaired in silence: what can be read in one way only is read with a warning.
import { isUtf8 } from 'node:buffer'
import path from 'node:path'
import { AppError } from '@/contract/errors'
import { badLine } from '@/server/dataset/tsv-lines'
import { stopIfCancelled } from '@/server/files/cancel'
import { readInput, type InputOptions } from '@/server/files/input'
import { IdCodes, IdTable } from './id-table'
import { MAX_RANK } from './msmarco'
import type { Ranking } from './ranking'
import { arrangeByRank, arrangeByScore, EntryList, HOLE } from './run-entries'
import { newColumns, parseFloat32, parseWhole, splitColumns } from './run-columns'

export const RUN_FORMATS = ['trec', 'msmarco', 'scores'] as const
export type RunFormat = (typeof RUN_FORMATS)[number]

/** Numbers the ids of all files that are read together, so that query rows and document codes mean the same in each. */
export interface FileIds {
  queryIds: IdTable
  docIds: IdCodes
}
export const newFileIds = (): FileIds => ({ queryIds: new IdTable(), docIds: new IdCodes() })

export interface RunFile {
  /** The tag of a TREC run, else the file's name without its endings. */
  name: string
  format: RunFormat
  /** By rows and codes of `ids`. Document HOLE where an MS MARCO file has no document for a rank. Ties are in trec_eval's order. */
  ranking: Ranking
  /** YAML of an ir_metadata heading, without its comment marks; null where there is none. */
  metadata: string | null
  /** What was noticed, each with file and line. */
  warnings: string[]
}

const LINE_FEED = 0x0a
const HASH = 0x23
const COLUMN_NAMES: Record<RunFormat, string> = { trec: '6 columns (query, Q0, document, rank, score, tag)', msmarco: '3 columns (query, document, rank)', scores: '3 columns (query, document, score)' }

export interface ReadRunOptions extends InputOptions {
  ids: FileIds
  /** Found out from the first line unless given. */
  format?: RunFormat
  signal?: AbortSignal
}

/** Throws AppError bad-input that names file, line, value and what to do. */
export async function readRunFile(file: string, { ids, format, signal, onProgress }: ReadRunOptions): Promise<RunFile> {
  const parser = new RunParser(file, ids, format)
  let rest: Buffer = Buffer.alloc(0)
  for await (const chunk of readInput(file, { onProgress })) {
    stopIfCancelled(signal)
    const bytes = rest.length > 0 ? Buffer.concat([rest, chunk]) : chunk
    const end = bytes.lastIndexOf(LINE_FEED) + 1
    parser.readLines(bytes, end)
    rest = Buffer.from(bytes.subarray(end))
  }
  if (rest.length > 0) parser.readLines(Buffer.concat([rest, Buffer.of(LINE_FEED)]), rest.length + 1)
  return parser.finish()
}

class RunParser {
  private readonly columns = newColumns()
  private readonly entries = new EntryList()
  private readonly heading: string[] = []
  private readonly warnings: string[] = []
  private lines = 0
  private tag = ''
  private lastQueryBytes: Uint8Array = new Uint8Array(0)
  private queryRow = -1
  /** Null where the next rank may be any: a query goes on that had lines before. */
  private rankBefore: number | null = 0
  /** Ranks of the current query that are taken; MS MARCO only. */
  private ranks = new Map<number, number>()
  private scoreBefore = Infinity
  private oddRanks = 0
  private risingScores = 0
  private firstOddRank = ''
  private firstRising = ''

  constructor(
    private readonly file: string,
    private readonly ids: FileIds,
    private format: RunFormat | undefined,
  ) {}

  /** Bytes [0, end) are whole lines. */
  readLines(bytes: Buffer, end: number): void {
    if (!isUtf8(bytes.subarray(0, end))) this.refuseEncoding(bytes.subarray(0, end))
    let start = this.lines === 0 && bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0
    while (start < end) {
      const lineEnd = bytes.indexOf(LINE_FEED, start)
      this.lines++
      const contentEnd = lineEnd > start && bytes[lineEnd - 1] === 0x0d ? lineEnd - 1 : lineEnd
      if (this.entries.length === 0 && bytes[start] === HASH) this.heading.push(bytes.toString('utf8', start, contentEnd))
      else this.readLine(bytes, start, contentEnd)
      start = lineEnd + 1
    }
  }

  finish(): RunFile {
    if (this.entries.length === 0) throw new AppError('bad-input', `${path.basename(this.file)} holds no ranking, only a heading; export it again`)
    const format = this.format!
    if (this.oddRanks > 0) this.warn(this.firstOddRank, this.oddRanks, 'the scores decide the order, as in trec_eval')
    if (this.risingScores > 0) this.warn(this.firstRising, this.risingScores, 'the scores decide the order, as in trec_eval')
    const ranking = format === 'msmarco' ? arrangeByRank(this.entries) : arrangeByScore(this.entries, this.ids.docIds)
    if (format === 'msmarco') this.warnGaps(ranking)
    return { name: this.tag || path.basename(this.file).replace(/\.(gz|tsv|txt|trec|run|msmarco)\b/g, ''), format, ranking, metadata: metadataOf(this.heading), warnings: this.warnings }
  }

  private readLine(bytes: Buffer, start: number, end: number): void {
    const { columns } = this
    splitColumns(bytes, start, end, columns)
    this.format ??= this.guessFormat(bytes)
    const { format } = this
    if (columns.separator === 'mixed') throw this.bad('tabs and blanks are mixed, so that ids with blanks in them cannot be told from columns', 'separate the columns by one of them')
    if (columns.count !== (format === 'trec' ? 6 : 3)) throw this.bad(`expected ${COLUMN_NAMES[format]}, found ${columns.count === 0 ? 'an empty line' : columns.count}`, columns.count > 6 ? 're-export it; an id with a blank in it counts as two columns' : 're-export it')
    if (columns.empty >= 0) throw this.bad(`column ${columns.empty + 1} is empty`, 're-export it')
    if (format !== 'trec' && columns.separator !== 'tab') throw this.bad(`expected ${COLUMN_NAMES[format]} separated by tabs, found blanks`, 'replace them by tabs')

    this.setQuery(bytes, columns.from[0], columns.to[0])
    const docColumn = format === 'trec' ? 2 : 1
    const doc = this.ids.docIds.codeOf(bytes, columns.from[docColumn], columns.to[docColumn])
    if (format === 'trec') this.noteRank(bytes, 3)
    const score = format === 'msmarco' ? -this.rank(bytes, 2) : this.score(bytes, format === 'trec' ? 4 : 2)
    if (!this.entries.add(doc, score)) throw this.bad(`document "${this.ids.docIds.idOf(doc)}" is already ranked for query "${this.queryId()}" on line ${this.lineOf(this.queryRow, (i) => this.entries.docs[i] === doc)}`, 'remove one of them')
    if (format === 'trec' && this.entries.length === 1) this.tag = bytes.toString('utf8', columns.from[5], columns.to[5])
  }

  /** A third column with a point or an exponent holds scores. */
  private guessFormat(bytes: Buffer): RunFormat {
    const { columns } = this
    if (columns.count !== 3) return 'trec'
    return /^[+-]?\d+$/.test(bytes.toString('latin1', columns.from[2], columns.to[2])) ? 'msmarco' : 'scores'
  }

  private setQuery(bytes: Buffer, from: number, to: number): void {
    if (to - from === this.lastQueryBytes.length && sameBytes(bytes, from, this.lastQueryBytes)) return
    this.lastQueryBytes = Uint8Array.from(bytes.subarray(from, to))
    this.queryRow = this.ids.queryIds.add(bytes.toString('utf8', from, to))
    const goesOn = this.entries.startQuery(this.queryRow)
    this.rankBefore = goesOn ? null : 0
    this.scoreBefore = Infinity
    if (this.format === 'msmarco') this.ranks = new Map(goesOn ? this.entries.entriesOf(this.queryRow).map((i) => [-this.entries.scores[i], i]) : [])
  }

  private noteRank(bytes: Buffer, column: number): void {
    const rank = parseWhole(bytes, this.columns.from[column], this.columns.to[column])
    if (rank < 0) throw this.bad(`the rank "${this.text(bytes, column)}" is not a whole number`, 'correct it')
    const isFirst = this.rankBefore === 0 && this.entries.segmentLength === 0 // ranks may start at 0 or 1
    const follows = this.rankBefore === null || rank === this.rankBefore + 1 || (isFirst && rank === 0)
    if (!follows && this.oddRanks++ === 0) this.firstOddRank = `line ${this.lines}: rank ${rank} ${isFirst ? 'is the first' : `follows rank ${this.rankBefore}`} of query "${this.queryId()}"`
    this.rankBefore = rank
  }

  private score(bytes: Buffer, column: number): number {
    // trec_eval keeps scores as float32
    const score = parseFloat32(bytes, this.columns.from[column], this.columns.to[column])
    if (!Number.isFinite(score)) {
      const text = this.text(bytes, column)
      throw Number.isFinite(Number(text)) ? this.bad(`the score ${text} does not fit into 32 bits, in which trec_eval keeps scores`, 'scale the scores') : this.bad(`the score "${text}" is not a number`, 're-export it')
    }
    if (score > this.scoreBefore && this.risingScores++ === 0) this.firstRising = `line ${this.lines}: the score rises from ${this.scoreBefore} to ${score} within query "${this.queryId()}"`
    this.scoreBefore = score
    return score
  }

  private rank(bytes: Buffer, column: number): number {
    const rank = parseWhole(bytes, this.columns.from[column], this.columns.to[column])
    if (rank < 1 || rank > MAX_RANK) throw this.bad(`the rank "${this.text(bytes, column)}" is not a whole number from 1 to ${MAX_RANK}`, 'correct it')
    const clash = this.ranks.get(rank)
    if (clash !== undefined) throw this.bad(`query "${this.queryId()}" has rank ${rank} twice, first on line ${clash + 1 + this.heading.length}`, 'give every document its own rank')
    this.ranks.set(rank, this.entries.length)
    return rank
  }

  private warnGaps({ queryRows, offsets, docRows }: Ranking): void {
    let gaps = 0
    let first = ''
    queryRows.forEach((queryRow, q) => {
      for (let i = offsets[q]; i < offsets[q + 1]; i++) {
        if (docRows[i] !== HOLE || gaps++ > 0) continue
        const next = docRows.subarray(i, offsets[q + 1]).find((row) => row !== HOLE)
        first = `line ${this.lineOf(queryRow, (entry) => this.entries.docs[entry] === next)}: query "${this.ids.queryIds.idOf(queryRow)}" has no document of rank ${i - offsets[q] + 1}`
      }
    })
    if (gaps > 0) this.warn(first, gaps, 'ranks without a document count as not relevant, as in the official script')
  }

  private warn(first: string, count: number, consequence: string): void {
    this.warnings.push(`${path.basename(this.file)} ${first}${count > 1 ? ` (and ${count - 1} more)` : ''}; ${consequence}`)
  }

  /** Line of the query's first entry that fits: an entry a line, after the heading. */
  private lineOf(queryRow: number, fits: (entry: number) => boolean): number {
    return this.entries.entriesOf(queryRow).find(fits)! + 1 + this.heading.length
  }

  private bad(wrong: string, action: string): AppError {
    return badLine(this.file, this.lines, wrong, action)
  }

  private queryId(): string {
    return this.ids.queryIds.idOf(this.queryRow)
  }

  private text(bytes: Buffer, column: number): string {
    return bytes.toString('utf8', this.columns.from[column], this.columns.to[column])
  }

  private refuseEncoding(bytes: Buffer): never {
    let number = this.lines + 1
    for (let start = 0; start < bytes.length; number++) {
      const end = bytes.indexOf(LINE_FEED, start) + 1 || bytes.length
      if (!isUtf8(bytes.subarray(start, end))) break
      start = end
    }
    throw badLine(this.file, number, 'not valid UTF-8', 'convert the file to UTF-8')
  }
}

function sameBytes(bytes: Uint8Array, from: number, other: Uint8Array): boolean {
  for (let i = 0; i < other.length; i++) if (bytes[from + i] !== other[i]) return false
  return true
}

/** The YAML between the marks of ir_metadata (Breuer et al. 2022); other comments before the first line are passed over. */
function metadataOf(heading: string[]): string | null {
  const lines = heading.map((line) => line.replace(/^#\s?/, ''))
  const start = lines.findIndex((line) => line.trim() === 'ir_metadata.start')
  const end = lines.findIndex((line) => line.trim() === 'ir_metadata.end')
  return start >= 0 && end > start ? lines.slice(start + 1, end).join('\n') : null
}
