// An imported data set as a folder of files, for steps, evaluation and the inspection pages.
import path from 'node:path'
import { Split, type DatasetCounts } from '@/contract/dataset'
import { AppError } from '@/contract/errors'
import { readArray, writeArray } from '@/server/files/typed-array-file'
import { Ids } from './ids'
import { readQrels, writeQrels, type Qrels } from './qrels'
import { RowSink } from './row-sink'
import { openTextFile, type TextFile } from './text-file'

/** A split's place here is its bit in the file of splits: a query may be in several, such as a leaderboard's and a track's. */
export const SPLITS: readonly Split[] = Split.options
export const splitBit = (split: Split) => 1 << SPLITS.indexOf(split)

const FILES = { docs: 'docs.text', docIds: 'docs.ids', queries: 'queries.text', queryIds: 'queries.ids', splits: 'queries.in-splits', qrels: 'qrels' }

export interface Dataset {
  docs: TextFile
  queries: TextFile
  docIds: Ids
  queryIds: Ids
  /** Per query row the bits of its splits. */
  splits: Uint8Array
  qrels: Qrels
  counts: DatasetCounts
  /**
   * Rows of the split's queries that have at least one judgement of grade > 0, ascending: those that are trained on and evaluated.
   * Of `lead`, which nobody here can judge, all.
   */
  queryRows(split: Split): Int32Array
  /** Rows of all queries of the split, ascending. */
  allQueryRows(split: Split): Int32Array
  /** Reads where documents and their ids start into the page cache, so that the first pages which show some wait less for the disk. */
  readAhead(): Promise<void>
  close(): void
}

export function openDataset(dir: string): Dataset {
  const at = (name: keyof typeof FILES) => path.join(dir, FILES[name])
  const docs = openTextFile(at('docs'))
  const queries = openTextFile(at('queries'))
  const docIds = new Ids(at('docIds'))
  const queryIds = new Ids(at('queryIds'))
  const splits = readArray(at('splits'), 'u8').data
  const qrels = readQrels(at('qrels'))
  const close = () => [docs, queries, docIds, queryIds].forEach((file) => file.close())
  const sizes = [queries.count, queryIds.count, splits.length, qrels.queryCount]
  if (new Set(sizes).size > 1 || docs.count !== docIds.count) {
    close()
    throw new AppError('broken', `${dir}: its files do not fit together (queries ${sizes.join(', ')}; documents ${docs.count}, ${docIds.count}); import the data set again`)
  }
  return {
    docs,
    queries,
    docIds,
    queryIds,
    splits,
    qrels,
    counts: countDataset(docs.count, splits, qrels),
    queryRows: (split) => rowsWhere(splits, (row) => (splits[row] & splitBit(split)) !== 0 && (split === 'lead' || qrels.relevantCount(row) > 0)),
    allQueryRows: (split) => rowsWhere(splits, (row) => (splits[row] & splitBit(split)) !== 0),
    readAhead: async () => {
      await docs.readAhead()
      await docIds.readAhead()
    },
    close,
  }
}

/** Where an import puts documents and queries; rows are numbered in the order of arrival. */
export class DatasetWriter {
  readonly docs: RowSink
  readonly queries: RowSink
  private closed = false

  constructor(private readonly dir: string) {
    this.docs = new RowSink(this.at('docs'), this.at('docIds'))
    this.queries = new RowSink(this.at('queries'), this.at('queryIds'))
  }

  /** Closes the files; the data set can be opened afterwards. `splits` holds the bits of every query row. */
  finish(splits: Uint8Array, qrels: Qrels): DatasetCounts {
    this.close()
    writeArray(this.at('splits'), splits, [splits.length])
    writeQrels(this.at('qrels'), qrels)
    return countDataset(this.docs.count, splits, qrels)
  }

  /** May be called again, e.g. on the way out of a failed import. */
  close(): void {
    if (this.closed) return
    this.closed = true
    this.docs.close()
    this.queries.close()
  }

  private at(name: keyof typeof FILES): string {
    return path.join(this.dir, FILES[name])
  }
}

/** Queries without a relevant document are not counted, since no measure is over them; but those of `lead` are. */
function countDataset(docs: number, splits: Uint8Array, qrels: Qrels): DatasetCounts {
  const perSplit = () => ({ train: 0, dev: 0, test: 0, lead: 0 })
  const queries = perSplit()
  const positives = perSplit()
  for (const split of SPLITS) {
    const bit = splitBit(split)
    splits.forEach((bits, row) => {
      if ((bits & bit) === 0) return
      const relevant = qrels.relevantCount(row)
      if (relevant > 0 || split === 'lead') queries[split]++
      positives[split] += relevant
    })
  }
  return { docs, queries, positives }
}

function rowsWhere(splits: Uint8Array, keep: (row: number) => boolean): Int32Array {
  return Int32Array.from(splits.keys()).filter(keep)
}
