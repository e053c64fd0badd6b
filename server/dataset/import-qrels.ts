// Reads the judgements of a source and says what does not fit: unknown ids, repeats, contradictions. Called by import-files.ts.
import path from 'node:path'
import type { ImportReport } from '@/contract/dataset'
import { AppError } from '@/contract/errors'
import { stopIfCancelled } from '@/server/files/cancel'
import type { BadLines } from './bad-lines'
import type { DatasetWriter } from './dataset'
import type { QuerySplits } from './import-files'
import { textLines } from './line-blocks'
import { buildQrels, type Qrels } from './qrels'
import { parseJudgement } from './qrels-lines'
import type { QrelsFile, SourceFiles } from './source-files'
import { badLine } from './tsv-lines'

const CHECK_LINES = 10_000

type Columns = Record<'queryRows' | 'docRows' | 'grades' | 'lines' | 'files', number[]>

/** Queries whose split the qrels file tells are put into it. */
export async function readJudgements(
  { qrels: files, docs, queries }: SourceFiles,
  writer: DatasetWriter,
  bad: BadLines,
  splits: QuerySplits,
  warn: (line: string) => void,
  signal: AbortSignal | undefined,
): Promise<{ qrels: Qrels; reports: ImportReport['qrels'] }> {
  const sources = { docs: path.basename(docs.file), queries: queries.length === 1 ? path.basename(queries[0].file) : 'the query files' }
  const columns: Columns = { queryRows: [], docRows: [], grades: [], lines: [], files: [] }
  const reports: ImportReport['qrels'] = []
  for (const [index, file] of files.entries()) reports.push(await readFile(file, index, sources, writer, columns, bad, splits, warn, signal))
  const names = files.map(({ file }) => path.basename(file)).join(', ')
  if (!columns.grades.some((grade) => grade > 0)) throw new AppError('bad-input', `${names}: none of its ${columns.grades.length} judgements has a grade above 0; check the last column`)
  return { qrels: buildQrels(writer.queries.count, withoutRepeats(files, columns, warn)), reports }
}

async function readFile(
  { file, split, heading }: QrelsFile,
  index: number,
  sources: Record<'docs' | 'queries', string>,
  writer: DatasetWriter,
  columns: Columns,
  bad: BadLines,
  splits: QuerySplits,
  warn: (line: string) => void,
  signal: AbortSignal | undefined,
): Promise<ImportReport['qrels'][number]> {
  const name = path.basename(file)
  const strangers = { queries: new Strangers('query'), docs: new Strangers('document') }
  let total = 0
  let known = 0
  for await (const line of textLines(file)) {
    if (line.number % CHECK_LINES === 0) stopIfCancelled(signal)
    if (heading && line.number === 1 && /^query-id\t/.test(line.text)) continue
    let judgement
    try {
      judgement = parseJudgement(file, line)
    } catch (error) {
      if (!(error instanceof AppError)) throw error
      bad.leaveOut(error)
      continue
    }
    const { queryId, docId, grade } = judgement
    const queryRow = writer.queries.rowOf(queryId)
    const docRow = writer.docs.rowOf(docId)
    total++
    if (queryRow === undefined) strangers.queries.add(queryId, line.number)
    if (docRow === undefined) strangers.docs.add(docId, line.number)
    if (queryRow !== undefined && split) splits.put(queryRow, split)
    if (queryRow === undefined || docRow === undefined) continue
    known++
    columns.queryRows.push(queryRow)
    columns.docRows.push(docRow)
    columns.grades.push(grade)
    columns.lines.push(line.number)
    columns.files.push(index)
  }
  for (const kind of ['queries', 'docs'] as const) {
    const { count, first } = strangers[kind]
    const lacking = `${count} of ${total} ${known === 0 ? '' : 'judgements '}name ids that ${sources[kind]} ${sources[kind].startsWith('the ') ? 'do' : 'does'} not have, ${first}`
    if (count > 0 && known === 0) throw new AppError('bad-input', `${name}: no judgement fits the data; ${lacking}; check that the files belong together`)
    if (count > 0) warn(`${name}: ${lacking}; they are left out`)
  }
  return { file: name, judgements: total, unknownQueries: strangers.queries.distinct, unknownDocs: strangers.docs.distinct }
}

/** Ids that another file does not have: how many, and where the first is. */
class Strangers {
  count = 0
  first = ''
  private readonly ids = new Set<string>()

  constructor(private readonly noun: string) {}

  get distinct(): number {
    return this.ids.size
  }

  add(id: string, line: number): void {
    this.ids.add(id)
    if (this.count++ === 0) this.first = `first ${this.noun} "${id}" on line ${line}`
  }
}

/** The same judgement twice is harmless; two grades for one pair are a contradiction. */
function withoutRepeats(files: QrelsFile[], columns: Columns, warn: (line: string) => void): Columns {
  const { queryRows, docRows, grades, lines } = columns
  const order = Uint32Array.from(queryRows, (_, i) => i).sort((a, b) => queryRows[a] - queryRows[b] || docRows[a] - docRows[b] || a - b)
  const repeats = new Set<number>()
  for (let i = 1; i < order.length; i++) {
    const [before, here] = [order[i - 1], order[i]]
    if (queryRows[before] !== queryRows[here] || docRows[before] !== docRows[here]) continue
    if (grades[before] !== grades[here]) {
      const [hereFile, beforeFile] = [columns.files[here], columns.files[before]]
      const where = hereFile === beforeFile ? `on line ${lines[before]}` : `on line ${lines[before]} of ${path.basename(files[beforeFile].file)}`
      throw badLine(files[hereFile].file, lines[here], `grade ${grades[here]} contradicts grade ${grades[before]} ${where} for the same query and document`, 'remove one of them')
    }
    repeats.add(here)
  }
  if (repeats.size === 0) return columns
  const repeating = [...new Set([...repeats].map((i) => columns.files[i]))].map((index) => path.basename(files[index].file)).join(', ')
  warn(`${repeating}: ${repeats.size} judgements are given more than once; each is used once`)
  const keep = (values: number[]) => values.filter((_, i) => !repeats.has(i))
  return { queryRows: keep(queryRows), docRows: keep(docRows), grades: keep(grades), lines: keep(lines), files: keep(columns.files) }
}
