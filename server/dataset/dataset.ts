// An imported data set as a folder of files, for steps, evaluation and the inspection pages.
import path from 'node:path'
import type { DatasetCounts, Split } from '@/contract/dataset'
import { AppError } from '@/contract/errors'
import { readArray, writeArray } from '@/server/files/typed-array-file'
import { Ids, IdWriter } from './ids'
import { readQrels, writeQrels, type Qrels } from './qrels'
import { createTextWriter, openTextFile, type TextFile } from './text-file'

/** A split's number in the file of splits is its place here. */
export const SPLITS: Split[] = ['train', 'dev', 'test']

const FILES = { docs: 'docs.text', docIds: 'docs.ids', queries: 'queries.text', queryIds: 'queries.ids', splits: 'queries.splits', qrels: 'qrels' }

export interface Dataset {
  docs: TextFile
  queries: TextFile
  docIds: Ids
  queryIds: Ids
  /** Per query row its index into SPLITS. */
  splits: Uint8Array
  qrels: Qrels
  counts: DatasetCounts
  /** Rows of the split's queries that have at least one judgement of grade > 0, ascending: those that are trained on and evaluated. */
  queryRows(split: Split): Int32Array
  /** Rows of all queries of the split, ascending. */
  allQueryRows(split: Split): Int32Array
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
    queryRows: (split) => rowsWhere(splits, (row) => splits[row] === SPLITS.indexOf(split) && qrels.relevantCount(row) > 0),
    allQueryRows: (split) => rowsWhere(splits, (row) => splits[row] === SPLITS.indexOf(split)),
    close,
  }
}

/** Where an import puts documents and queries; rows are numbered in the order of arrival. */
export class DatasetWriter {
  readonly docIds: IdWriter
  readonly queryIds: IdWriter
  private readonly docs
  private readonly queries
  private closed = false

  /** The names of the sources are used in errors about ids. */
  constructor(
    private readonly dir: string,
    sources: { docs: string; queries: string },
  ) {
    this.docs = createTextWriter(this.at('docs'))
    this.queries = createTextWriter(this.at('queries'))
    this.docIds = new IdWriter(this.at('docIds'), sources.docs)
    this.queryIds = new IdWriter(this.at('queryIds'), sources.queries)
  }

  addDoc(id: string, text: string): number {
    this.docs.append(text)
    return this.docIds.add(id)
  }

  addQuery(id: string, text: string): number {
    this.queries.append(text)
    return this.queryIds.add(id)
  }

  /** Closes the files; the data set can be opened afterwards. */
  finish(splits: Uint8Array, qrels: Qrels): DatasetCounts {
    this.close()
    writeArray(this.at('splits'), splits, [splits.length])
    writeQrels(this.at('qrels'), qrels)
    return countDataset(this.docIds.count, splits, qrels)
  }

  /** May be called again, e.g. on the way out of a failed import. */
  close(): void {
    if (this.closed) return
    this.closed = true
    for (const file of [this.docs, this.queries, this.docIds, this.queryIds]) file.close()
  }

  private at(name: keyof typeof FILES): string {
    return path.join(this.dir, FILES[name])
  }
}

/** Queries without a relevant document are not counted: no measure is over them. */
function countDataset(docs: number, splits: Uint8Array, qrels: Qrels): DatasetCounts {
  const queries = { train: 0, dev: 0, test: 0 }
  const positives = { train: 0, dev: 0, test: 0 }
  splits.forEach((split, row) => {
    const relevant = qrels.relevantCount(row)
    if (relevant > 0) queries[SPLITS[split]]++
    positives[SPLITS[split]] += relevant
  })
  return { docs, queries, positives }
}

function rowsWhere(splits: Uint8Array, keep: (row: number) => boolean): Int32Array {
  return Int32Array.from(splits.keys()).filter(keep)
}
