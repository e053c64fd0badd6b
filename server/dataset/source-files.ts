// Which files of a folder hold what, per kind of source. Called by import.ts to read them and by fingerprint.ts to tell whether they have changed.
import fs from 'node:fs'
import path from 'node:path'
import type { FolderSource, Split } from '@/contract/dataset'
import { AppError } from '@/contract/errors'
import type { RecordFormat } from './records'

export interface QueryFile {
  file: string
  format: RecordFormat | 'trec-topics'
  /** Null where another file tells: split.tsv, or the qrels that name the query. */
  split: Split | null
}

export interface QrelsFile {
  file: string
  /** The split of the queries it judges, where the query file does not tell. */
  split: Split | null
  /** True where the first line names the columns. */
  heading: boolean
}

export interface SourceFiles {
  docs: { file: string; format: RecordFormat }
  queries: QueryFile[]
  qrels: QrelsFile[]
  splits: string | null
  /** Usual files of this kind that the folder lacks. */
  absent: string[]
}

interface Expected {
  docs: { names: string[]; format: RecordFormat }[]
  queries: { name: string; format: RecordFormat; split: Split | null }[]
  qrels: { name: string; split: Split | null; heading?: boolean }[]
  splits?: string
}

// The names are those of DRhard's download_data.sh and of BEIR's archives.
const EXPECTED: Record<Exclude<FolderSource['kind'], 'trec'>, Expected> = {
  tsv: {
    docs: [{ names: ['collection.tsv'], format: 'tsv' }],
    queries: [{ name: 'queries.tsv', format: 'tsv', split: null }],
    qrels: [{ name: 'qrels.tsv', split: null }],
    splits: 'split.tsv',
  },
  beir: {
    docs: [{ names: ['corpus.jsonl'], format: 'beir-corpus' }],
    queries: [{ name: 'queries.jsonl', format: 'beir-queries', split: null }],
    qrels: (['train', 'dev', 'test'] as const).map((split) => ({ name: `qrels/${split}.tsv`, split, heading: true })),
  },
  'msmarco-passage': {
    docs: [{ names: ['collection.tsv'], format: 'tsv' }],
    queries: [
      { name: 'queries.train.tsv', format: 'tsv', split: 'train' },
      { name: 'queries.dev.small.tsv', format: 'tsv', split: 'dev' },
      { name: 'msmarco-test2019-queries.tsv', format: 'tsv', split: 'test' },
      { name: 'queries.eval.small.tsv', format: 'tsv', split: 'lead' },
    ],
    qrels: [
      { name: 'qrels.train.tsv', split: 'train' },
      { name: 'qrels.dev.small.tsv', split: 'dev' },
      { name: '2019qrels-pass.txt', split: 'test' },
    ],
  },
  'msmarco-doc': {
    docs: [{ names: ['msmarco-docs.tsv'], format: 'msmarco-doc' }],
    queries: [
      { name: 'msmarco-doctrain-queries.tsv', format: 'tsv', split: 'train' },
      { name: 'msmarco-docdev-queries.tsv', format: 'tsv', split: 'dev' },
      { name: 'msmarco-test2019-queries.tsv', format: 'tsv', split: 'test' },
      { name: 'docleaderboard-queries.tsv', format: 'tsv', split: 'lead' },
    ],
    qrels: [
      { name: 'msmarco-doctrain-qrels.tsv', split: 'train' },
      { name: 'msmarco-docdev-qrels.tsv', split: 'dev' },
      { name: '2019qrels-docs.txt', split: 'test' },
    ],
  },
  // The original's folder: its texts are MS MARCO's files; which of the two kinds, the collection tells.
  drhard: { docs: [], queries: [], qrels: [] },
}

/** Finds the files of a source. Throws AppError bad-input naming what the folder must hold and lacks. */
export function findSourceFiles(source: FolderSource): SourceFiles {
  if (!fs.statSync(source.folder, { throwIfNoEntry: false })?.isDirectory()) throw new AppError('bad-input', `${source.folder} is no folder on this server; give the folder that holds the files`)
  switch (source.kind) {
    case 'trec':
      return trecFiles(source.folder)
    case 'drhard':
      return drhardFiles(source.folder)
    default:
      return expectedFiles(source.folder, EXPECTED[source.kind])
  }
}

function expectedFiles(folder: string, expected: Expected): SourceFiles {
  const absent: string[] = []
  const find = (name: string): string | null => {
    const found = findFile(folder, name)
    if (!found) absent.push(name)
    return found
  }
  const needed = `the folder must hold ${listed([expected.docs[0].names[0], queryNames(expected), qrelsNames(expected)])}, each plain or .gz`
  const docs = expected.docs.flatMap(({ names, format }) => names.map((name) => ({ file: find(name), name, format })))[0]
  if (!docs.file) throw new AppError('bad-input', `${path.join(folder, docs.name)} does not exist; ${needed}`)
  const queries = expected.queries.flatMap(({ name, ...rest }) => withFile(find(name), rest))
  if (queries.length === 0) throw new AppError('bad-input', `${path.join(folder, expected.queries[0].name)} does not exist; ${needed}`)
  const qrels = expected.qrels.flatMap(({ name, split, heading = false }) => withFile(find(name), { split, heading }))
  if (qrels.length === 0) throw new AppError('bad-input', `${path.join(folder, expected.qrels[0].name)} does not exist; ${needed}`)
  // Where the query files tell the split, the qrels need not.
  const told = queries.every(({ split }) => split !== null)
  return {
    docs: { file: docs.file, format: docs.format },
    queries,
    qrels: told ? qrels.map((each) => ({ ...each, split: null })) : qrels,
    splits: expected.splits ? findFile(folder, expected.splits) : null,
    absent,
  }
}

const withFile = <T extends object>(file: string | null, rest: T): (T & { file: string })[] => (file === null ? [] : [{ file, ...rest }])
const listed = (names: string[]) => `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`
const queryNames = ({ queries }: Expected) => (queries.length === 1 ? queries[0].name : `query files such as ${queries[0].name}`)
const qrelsNames = ({ qrels }: Expected) => (qrels.length === 1 ? qrels[0].name : `judgements such as ${qrels[0].name}`)

/** The file of that name, plain or gz. */
function findFile(folder: string, name: string): string | null {
  for (const each of [name, `${name}.gz`]) if (fs.statSync(path.join(folder, each), { throwIfNoEntry: false })?.isFile()) return path.join(folder, each)
  return null
}

/** Any topics and qrels files beside a collection, as TREC tracks hand them out. */
function trecFiles(folder: string): SourceFiles {
  const tsv = findFile(folder, 'collection.tsv')
  const jsonl = findFile(folder, 'corpus.jsonl')
  const names = fs.readdirSync(folder).sort()
  const having = (pattern: RegExp) => names.filter((name) => pattern.test(name)).map((name) => path.join(folder, name))
  const topics = having(/^topics/i)
  const qrels = having(/^(qrels|\d{4}qrels)/i)
  const lacks = !tsv && !jsonl ? 'collection.tsv or corpus.jsonl' : topics.length === 0 ? 'a file topics*' : qrels.length === 0 ? 'a file qrels*' : null
  if (lacks) throw new AppError('bad-input', `${folder} has no ${lacks}; a TREC folder holds a collection (collection.tsv or corpus.jsonl), topics* and qrels*, each plain or .gz`)
  return {
    docs: tsv ? { file: tsv, format: 'tsv' } : { file: jsonl!, format: 'beir-corpus' },
    queries: topics.map((file) => ({ file, format: 'trec-topics', split: splitOfName(file) })),
    qrels: qrels.map((file) => ({ file, split: null, heading: false })),
    splits: findFile(folder, 'split.tsv'),
    absent: [],
  }
}

/** TREC's topics are for testing unless the file's name says otherwise. */
function splitOfName(file: string): Split {
  const name = path.basename(file).toLowerCase()
  return name.includes('train') ? 'train' : /dev|valid/.test(name) ? 'dev' : 'test'
}

function drhardFiles(folder: string): SourceFiles {
  const dataset = path.join(folder, 'dataset')
  if (!fs.existsSync(dataset) || !fs.existsSync(path.join(folder, 'preprocess'))) {
    throw new AppError('bad-input', `${folder} has no dataset/ and preprocess/; give DRhard's data/passage or data/doc folder`)
  }
  return expectedFiles(dataset, EXPECTED[findFile(dataset, 'msmarco-docs.tsv') ? 'msmarco-doc' : 'msmarco-passage'])
}

/** Sizes and times of the files, and of those that lie beside them: changes when one of them is written. */
export function fingerprintFiles({ docs, queries, qrels, splits }: SourceFiles, beside: string[] = []): string {
  const files = [docs.file, ...queries.map(({ file }) => file), ...qrels.map(({ file }) => file), ...(splits ? [splits] : []), ...beside]
  return files
    .map((file) => {
      const { size, mtimeMs } = fs.statSync(file)
      return `${path.basename(file)}:${size}:${Math.round(mtimeMs)}`
    })
    .join(' ')
}
