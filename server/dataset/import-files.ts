// Imports what source-files.ts found: texts are streamed to disk by blocks of lines that threads parse; in memory are only ids and
// judgements. The result is the same whatever the number of threads. Called by import.ts.
import fs from 'node:fs'
import path from 'node:path'
import type { DatasetCounts, ImportReport, Split } from '@/contract/dataset'
import { AppError } from '@/contract/errors'
import type { LogLevel } from '@/contract/event'
import { stopIfCancelled } from '@/server/files/cancel'
import { inOrder, openThreads, type Threads } from '@/server/files/threads'
import { BadLines } from './bad-lines'
import { DatasetWriter, splitBit, SPLITS } from './dataset'
import { lineBlocks, textLines } from './line-blocks'
import { readJudgements } from './import-qrels'
import type { Qrels } from './qrels'
import { parseRecords, type RecordFormat, type Records } from './records'
import type { RowSink } from './row-sink'
import type { QueryFile, SourceFiles } from './source-files'
import { splitOfText } from './split'
import { readTopics } from './trec-topics'
import { badLine, tabFields } from './tsv-lines'

/** Below this a file is parsed before a thread has started (0.05 s bundled, 0.4 s through tsx). */
const THREADS_FROM_BYTES = 32 << 20

export interface ImportOptions {
  threads?: number
  maxBadLines?: number
  log?: (level: LogLevel, line: string) => void
  signal?: AbortSignal
  progress?: (done: number, total: number, unit: string) => void
}

export interface Imported {
  counts: DatasetCounts
  report: Omit<ImportReport, 'idHashes' | 'known' | 'given'>
}

/** Writes the data set into `dir`. Throws AppError bad-input naming file, line and value. */
export async function importFiles(files: SourceFiles, dir: string, { threads = 1, maxBadLines = 0, log = () => {}, signal, progress = () => {} }: ImportOptions = {}): Promise<Imported> {
  const warnings: string[] = []
  const warn = (line: string) => {
    warnings.push(line)
    log('warn', line)
  }
  const bad = new BadLines(maxBadLines)
  const writer = new DatasetWriter(dir)
  const parser = new Parser(threads)
  try {
    let emptyDocs = 0
    const bytes = fs.statSync(files.docs.file).size
    await parser.read(files.docs.file, files.docs.format, writer.docs, bad, (records, bytesRead) => {
      emptyDocs += countEmpty(records)
      stopIfCancelled(signal)
      progress(bytesRead, bytes, 'bytes')
    })
    if (emptyDocs > 0) log('info', `${emptyDocs} documents have no text; they are kept`)

    const splits = new QuerySplits()
    for (const each of files.queries) await readQueries(each, files, writer.queries, parser, bad, splits)
    const { qrels, reports } = await readJudgements(files, writer, bad, splits, warn, signal)
    if (files.splits) await readSplitFile(files.splits, files.queries[0].file, writer.queries, qrels, splits)
    else if (files.queries.some(({ split }) => split === null) && files.qrels.every(({ split }) => split === null)) {
      log('info', 'No split.tsv: queries go to train, dev and test by a hash of their text, 90 : 5 : 5')
    }
    if (bad.count > 0) warn(`${bad.count} unreadable lines are left out, first ${bad.first[0]}`)
    const counts = writer.finish(splits.bits(writer.queries.count), qrels)
    explainCounts(counts, writer.queries.count, splits, log, warn)
    return { counts, report: { badLines: { count: bad.count, first: bad.first }, emptyDocs, qrels: reports, warnings } }
  } finally {
    writer.close()
    await parser.close()
  }
}

/** The bits of every query's splits while they are being gathered. */
export class QuerySplits {
  private readonly rows: number[] = []

  put(row: number, split: Split): void {
    this.rows[row] = (this.rows[row] ?? 0) | splitBit(split)
  }

  has(row: number, split: Split): boolean {
    return ((this.rows[row] ?? 0) & splitBit(split)) !== 0
  }

  bits(count: number): Uint8Array {
    return Uint8Array.from({ length: count }, (_, row) => this.rows[row] ?? 0)
  }
}

/** Parses files block by block, large ones on threads. */
class Parser {
  private threads: Threads<{ format: RecordFormat; bytes: Uint8Array<ArrayBuffer> }, Records> | null = null

  constructor(private readonly count: number) {}

  /** Adds a file's rows to `sink`, in order, and calls `onBlock` after each block. */
  async read(file: string, format: RecordFormat, sink: RowSink, bad: BadLines, onBlock: (records: Records, bytesRead: number) => void): Promise<void> {
    sink.begin(file)
    let lines = 0
    for await (const { records, bytesRead } of this.parsed(file, format)) {
      for (const { line, wrong, action } of records.bad) bad.leaveOut(badLine(file, lines + line, wrong, action))
      sink.addAll(records)
      lines += records.lines
      onBlock(records, bytesRead)
    }
  }

  private parsed(file: string, format: RecordFormat): AsyncGenerator<{ records: Records; bytesRead: number }> {
    const useThreads = this.count > 1 && fs.statSync(file).size >= THREADS_FROM_BYTES
    if (useThreads) this.threads ??= openThreads(import.meta.url, 'records-thread', this.count)
    return inOrder(lineBlocks(file), useThreads ? this.count + 1 : 1, async ({ bytes, bytesRead }) => {
      const records = useThreads ? await this.threads!.run({ format, bytes }, [bytes.buffer]) : parseRecords(format, bytes)
      return { records, bytesRead }
    })
  }

  async close(): Promise<void> {
    await this.threads?.close()
  }
}

function countEmpty({ textEnds }: Records): number {
  let empty = 0
  for (let i = 0, from = 0; i < textEnds.length; from = textEnds[i++]) if (textEnds[i] === from) empty++
  return empty
}

async function readQueries(query: QueryFile, files: SourceFiles, sink: RowSink, parser: Parser, bad: BadLines, splits: QuerySplits): Promise<void> {
  const { file, format, split } = query
  const byHash = split === null && !files.splits && files.qrels.every((each) => each.split === null)
  if (format === 'trec-topics') {
    sink.begin(file)
    for await (const { id, text } of readTopics(file)) splits.put(sink.add(id, text), split ?? splitOfText(text))
    return
  }
  if (split === 'lead' && sink.count > 0) return readLeadQueries(file, sink, bad, splits)
  let row = sink.count
  await parser.read(file, format, sink, bad, ({ texts, textEnds }) => {
    for (let i = 0, from = 0; i < textEnds.length; from = textEnds[i++], row++) {
      const of = split ?? (byHash ? splitOfText(texts.subarray(from, textEnds[i])) : null)
      if (of) splits.put(row, of)
    }
  })
}

/** A leaderboard's queries may also be those of a track (TREC DL 2019 drew its topics from them): such a query is in both splits. */
async function readLeadQueries(file: string, sink: RowSink, bad: BadLines, splits: QuerySplits): Promise<void> {
  sink.begin(file)
  for await (const line of textLines(file)) {
    try {
      const [id, text] = tabFields(file, line, ['id', 'text'])
      const row = sink.rowOf(id)
      splits.put(row === undefined || splits.has(row, 'lead') ? sink.add(id, text) : row, 'lead')
    } catch (error) {
      if (!(error instanceof AppError)) throw error
      bad.leaveOut(error)
    }
  }
}

async function readSplitFile(file: string, queryFile: string, queries: RowSink, qrels: Qrels, splits: QuerySplits): Promise<void> {
  const lineOf = new Uint32Array(queries.count)
  for await (const line of textLines(file)) {
    const [id, name] = tabFields(file, line, ['query id', 'split'])
    const split = SPLITS.find((each) => each === name)
    if (!split) throw badLine(file, line.number, `"${name}" is not a split`, `use ${SPLITS.join(', ')}`)
    const row = queries.rowOf(id)
    if (row === undefined) throw badLine(file, line.number, `${path.basename(queryFile)} has no query "${id}"`, 'remove the line or add the query')
    if (lineOf[row]) throw badLine(file, line.number, `the query "${id}" is already on line ${lineOf[row]}`, 'remove one of them')
    lineOf[row] = line.number
    splits.put(row, split)
  }
  // A judged query of unknown split could leak from test into training; one without judgements is in no split's use.
  const lost = Array.from(lineOf.keys()).filter((row) => !lineOf[row] && qrels.relevantCount(row) > 0)
  if (lost.length > 0) {
    const { line } = queries.placeOf(lost[0])
    throw new AppError('bad-input', `${path.basename(file)} names no split for ${lost.length} judged queries, first line ${line} of ${path.basename(queryFile)}; add them, or delete ${path.basename(file)} to split by hash`)
  }
}

function explainCounts(counts: DatasetCounts, queryCount: number, splits: QuerySplits, log: NonNullable<ImportOptions['log']>, warn: (line: string) => void): void {
  const judged = counts.queries.train + counts.queries.dev + counts.queries.test
  const unjudged = queryCount - judged - counts.queries.lead
  if (unjudged > 0) log('info', `${unjudged} of ${queryCount} queries have no relevant document; they are kept, but neither trained on nor evaluated`)
  for (const split of ['train', 'dev', 'test'] as const) if (counts.queries[split] === 0) warn(`The ${split} split has no query with a relevant document`)
  let leaking = 0
  for (let row = 0; row < queryCount; row++) if (splits.has(row, 'train') && (splits.has(row, 'dev') || splits.has(row, 'test'))) leaking++
  if (leaking > 0) warn(`${leaking} queries are in train and in dev or test: what is measured there was trained on`)
}
