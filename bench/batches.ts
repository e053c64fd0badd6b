// The lengths of the texts that benchmarks compute on: all full, or those of a real data set under its own tokenizer.
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { openDataset } from '@/server/dataset/dataset'
import { importDataset } from '@/server/dataset/import'
import { readTokens } from '@/server/dataset/token-file'
import { tokeniseDataset } from '@/server/dataset/tokenise'
import { permutation } from '@/server/random/random'
import { sharedPath } from '@/tests/shared-data'

/** Queries are cut to 24 tokens, documents to 120, as the paper does for passages. */
export const MAX_TOKENS = { queries: 24, docs: 120 }

export const LENGTHS = ['full', 'medquad', 'wordnet'] as const
export type Lengths = (typeof LENGTHS)[number]

/** Token counts, special tokens included, of the texts of a step or of a collection. */
export interface BatchLengths {
  queries: number[]
  docs: number[]
}

export type RealTexts = Exclude<Lengths, 'full'>

/** Imports a data set into `dataset`, an empty folder. */
export async function importTexts(name: RealTexts, dataset: string): Promise<void> {
  if (name === 'wordnet') return void (await importDataset({ kind: 'wordnet' }, dataset, {}))
  const source = sharedPath(`data/${name}`)
  if (!source) throw new Error(`--lengths ${name}: ../shared/data/${name} is not there; take full or wordnet`)
  await importDataset({ kind: 'tsv', folder: source }, dataset, {})
}

/** Lengths of every text of a data set, as a tokenizer of 8,000 tokens that was learned from it cuts them. */
export async function datasetLengths(name: RealTexts): Promise<BatchLengths> {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'drhard-bench-'))
  try {
    const [dataset, tokens] = ['dataset', 'tokens'].map((part) => path.join(folder, part))
    fs.mkdirSync(dataset)
    fs.mkdirSync(tokens)
    await importTexts(name, dataset)
    await tokeniseDataset(dataset, tokens, { vocabSize: 8000 }, {})
    const opened = openDataset(dataset)
    const trainQueries = opened.queryRows('train')
    opened.close()
    const lengths = (file: string, rows: ArrayLike<number> | null, longest: number) => {
      const read = readTokens(path.join(tokens, file))
      return Array.from(rows ?? { length: read.count }, (row, i) => Math.min(read.row(rows ? (row as number) : i).length + 2, longest))
    }
    return { queries: lengths('queries.tokens', trainQueries, MAX_TOKENS.queries), docs: lengths('docs.tokens', null, MAX_TOKENS.docs) }
  } finally {
    fs.rmSync(folder, { recursive: true })
  }
}

/** Batches of `queries` queries, as many positives and as many hard negatives, drawn from a data set's lengths. */
export async function stepLengths(lengths: Lengths, queries: number, count: number): Promise<BatchLengths[]> {
  if (lengths === 'full') return [{ queries: Array<number>(queries).fill(MAX_TOKENS.queries), docs: Array<number>(2 * queries).fill(MAX_TOKENS.docs) }]
  const all = await datasetLengths(lengths)
  const drawn = (from: number[], size: number, seed: number) => Array.from(permutation(from.length, seed).subarray(0, size), (i) => from[i])
  return Array.from({ length: count }, (_, i) => ({ queries: drawn(all.queries, queries, 2 * i), docs: drawn(all.docs, 2 * queries, 2 * i + 1) }))
}
