// Imports a folder with collection.tsv, queries.tsv, qrels.tsv and optionally split.tsv. Called by jobs/steps/import.ts.
// Texts are streamed to disk; in memory are only the ids and the judgements.
import fs from 'node:fs'
import path from 'node:path'
import type { DatasetCounts, Split } from '@/contract/dataset'
import { AppError } from '@/contract/errors'
import type { LogLevel } from '@/contract/event'
import { stopIfCancelled } from '@/server/files/cancel'
import { DatasetWriter, SPLITS } from './dataset'
import { buildQrels, type Qrels } from './qrels'
import { parseJudgement } from './qrels-lines'
import { splitOfText } from './split'
import { badLine, readLines, tabFields } from './tsv-lines'

export const TSV_FILES = { docs: 'collection.tsv', queries: 'queries.tsv', qrels: 'qrels.tsv', splits: 'split.tsv' }
const CHECK_LINES = 10_000

export interface ImportTsvOptions {
  log?: (level: LogLevel, line: string) => void
  signal?: AbortSignal
  progress?: (done: number, total: number, unit: string) => void
}

/** Writes the data set of `folder` into `dir` and returns its counts. Throws AppError bad-input naming file, line and value. */
export function importTsv(folder: string, dir: string, { log = () => {}, signal, progress = () => {} }: ImportTsvOptions = {}): DatasetCounts {
  const at = (name: keyof typeof TSV_FILES) => path.join(folder, TSV_FILES[name])
  for (const name of ['docs', 'queries', 'qrels'] as const) {
    if (!fs.existsSync(at(name))) throw new AppError('bad-input', `${at(name)} does not exist; the folder must hold ${TSV_FILES.docs}, ${TSV_FILES.queries} and ${TSV_FILES.qrels}`)
  }
  const writer = new DatasetWriter(dir, { docs: TSV_FILES.docs, queries: TSV_FILES.queries })
  try {
    const bytes = fs.statSync(at('docs')).size
    for (const line of readLines(at('docs'))) {
      const [id, text] = tabFields(at('docs'), line, ['id', 'text'])
      writer.addDoc(id, text)
      if (line.number % CHECK_LINES === 0) {
        stopIfCancelled(signal)
        progress(line.bytesRead, bytes, 'bytes')
      }
    }
    progress(bytes, bytes, 'bytes')
    const textSplits: number[] = []
    for (const line of readLines(at('queries'))) {
      const [id, text] = tabFields(at('queries'), line, ['id', 'text'])
      writer.addQuery(id, text)
      textSplits.push(splitOfText(text))
      if (line.number % CHECK_LINES === 0) stopIfCancelled(signal)
    }
    const qrels = readJudgements(at('qrels'), writer, log)
    const splits = fs.existsSync(at('splits')) ? readSplits(at('splits'), writer, qrels) : Uint8Array.from(textSplits)
    if (!fs.existsSync(at('splits'))) log('info', `No ${TSV_FILES.splits}: queries go to train, dev and test by a hash of their text, 90 : 5 : 5`)
    const counts = writer.finish(splits, qrels)
    const judged = SPLITS.reduce((sum, split) => sum + counts.queries[split], 0)
    if (judged < splits.length) log('info', `${splits.length - judged} of ${splits.length} queries have no relevant document; they are kept, but neither trained on nor evaluated`)
    for (const split of SPLITS) if (counts.queries[split] === 0) log('warn', `The ${split} split has no query with a relevant document`)
    return counts
  } catch (error) {
    writer.close()
    throw error
  }
}

/** Sizes and times of the folder's files: changes when one of them is written. */
export function tsvFingerprint(folder: string): string {
  const parts = Object.values(TSV_FILES).map((name) => {
    const stat = fs.statSync(path.join(folder, name), { throwIfNoEntry: false })
    if (!stat && name !== TSV_FILES.splits) throw new AppError('bad-input', `${path.join(folder, name)} does not exist; the folder must hold ${TSV_FILES.docs}, ${TSV_FILES.queries} and ${TSV_FILES.qrels}`)
    return stat ? `${name}:${stat.size}:${Math.round(stat.mtimeMs)}` : `${name}:absent`
  })
  return parts.join(' ')
}

function readJudgements(file: string, writer: DatasetWriter, log: NonNullable<ImportTsvOptions['log']>): Qrels {
  const queryRows: number[] = []
  const docRows: number[] = []
  const grades: number[] = []
  const lines: number[] = []
  const strangers = { queries: new Strangers('query'), docs: new Strangers('document') }
  let total = 0
  for (const line of readLines(file)) {
    const { queryId, docId, grade } = parseJudgement(file, line)
    const queryRow = writer.queryIds.rowOf(queryId)
    const docRow = writer.docIds.rowOf(docId)
    total++
    if (queryRow === undefined) strangers.queries.add(queryId, line.number)
    if (docRow === undefined) strangers.docs.add(docId, line.number)
    if (queryRow === undefined || docRow === undefined) continue
    queryRows.push(queryRow)
    docRows.push(docRow)
    grades.push(grade)
    lines.push(line.number)
  }
  const known = { [TSV_FILES.queries]: strangers.queries, [TSV_FILES.docs]: strangers.docs }
  for (const [source, { count, first }] of Object.entries(known)) {
    if (count > 0 && queryRows.length === 0) throw new AppError('bad-input', `${path.basename(file)}: no judgement fits the data; ${count} of ${total} name ids that ${source} does not have, ${first}; check that the files belong together`)
    if (count > 0) log('warn', `${path.basename(file)}: ${count} of ${total} judgements name ids that ${source} does not have, ${first}; they are left out`)
  }
  if (!grades.some((grade) => grade > 0)) throw new AppError('bad-input', `${path.basename(file)}: none of its ${total} judgements has a grade above 0; check the last column`)
  return buildQrels(writer.queryIds.count, withoutRepeats(file, { queryRows, docRows, grades, lines }, log))
}

/** Ids that another file does not have: how many, and where the first is. */
class Strangers {
  count = 0
  first = ''

  constructor(private readonly noun: string) {}

  add(id: string, line: number): void {
    if (this.count++ === 0) this.first = `first ${this.noun} "${id}" on line ${line}`
  }
}

type Columns = Record<'queryRows' | 'docRows' | 'grades' | 'lines', number[]>

/** The same judgement twice is harmless; two grades for one pair are a contradiction. */
function withoutRepeats(file: string, columns: Columns, log: NonNullable<ImportTsvOptions['log']>): Columns {
  const { queryRows, docRows, grades, lines } = columns
  const order = queryRows.map((_, i) => i).sort((a, b) => queryRows[a] - queryRows[b] || docRows[a] - docRows[b] || a - b)
  const repeats = new Set<number>()
  for (let i = 1; i < order.length; i++) {
    const [before, here] = [order[i - 1], order[i]]
    if (queryRows[before] !== queryRows[here] || docRows[before] !== docRows[here]) continue
    if (grades[before] !== grades[here]) {
      throw badLine(file, lines[here], `grade ${grades[here]} contradicts grade ${grades[before]} on line ${lines[before]} for the same query and document`, 'remove one of them')
    }
    repeats.add(here)
  }
  if (repeats.size === 0) return columns
  log('warn', `${path.basename(file)}: ${repeats.size} judgements are given more than once; each is used once`)
  const keep = (values: number[]) => values.filter((_, i) => !repeats.has(i))
  return { queryRows: keep(queryRows), docRows: keep(docRows), grades: keep(grades), lines: keep(lines) }
}

function readSplits(file: string, writer: DatasetWriter, qrels: Qrels): Uint8Array {
  const lineOf = new Uint32Array(writer.queryIds.count)
  const splits = new Uint8Array(writer.queryIds.count)
  for (const line of readLines(file)) {
    const [id, name] = tabFields(file, line, ['query id', 'split'])
    const split = SPLITS.indexOf(name as Split)
    if (split < 0) throw badLine(file, line.number, `"${name}" is not a split`, `use ${SPLITS.join(', ')}`)
    const row = writer.queryIds.rowOf(id)
    if (row === undefined) throw badLine(file, line.number, `${TSV_FILES.queries} has no query "${id}"`, 'remove the line or add the query')
    if (lineOf[row]) throw badLine(file, line.number, `the query "${id}" is already on line ${lineOf[row]}`, 'remove one of them')
    lineOf[row] = line.number
    splits[row] = split
  }
  // A judged query of unknown split could leak from test into training; one without judgements is in no split's use.
  const lost = Array.from(lineOf.keys()).filter((row) => !lineOf[row] && qrels.relevantCount(row) > 0)
  if (lost.length > 0) throw new AppError('bad-input', `${path.basename(file)} names no split for ${lost.length} judged queries, first line ${lost[0] + 1} of ${TSV_FILES.queries}; add them, or delete ${path.basename(file)} to split by hash`)
  return splits
}
