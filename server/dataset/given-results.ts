// What a DRhard data folder holds beside texts and tokens: rankings, hard negatives and document embeddings of the original's runs, by
// offset. Found when the data set is imported (import.ts); brought into rows by the step `take`, so that nobody recomputes them.
import fs from 'node:fs'
import path from 'node:path'
import { GivenResult, type Split } from '@/contract/dataset'
import { AppError } from '@/contract/errors'
import { readArray } from '@/server/files/typed-array-file'

/** Folder, in a data set's, of token rows and query offsets that came with it. */
export const GIVEN_TOKENS = 'given'

const EMBEDDINGS = 'passages.memmap'
const EMBEDDING_IDS = 'passages-id.memmap'
const HARD_NEGATIVES = 'hard.json'
const RANKINGS = /^(train|dev|test|lead)\.rank\.tsv$/
/** Folders of DRhard's data folder that hold something else: texts, tokens, and runs with official ids, which are uploaded as files. */
const OTHER = ['dataset', 'preprocess', 'official_runs']
/** evaluate/star, warmup_retrieve: results lie no deeper. */
const DEPTH = 2

/** The folders below `folder` that hold results, by name. A folder with embeddings that are not whole rows has none. */
export function findGivenResults(folder: string, docs: number): GivenResult[] {
  return resultFolders(folder, '', DEPTH).flatMap((name) => {
    const files = fs.readdirSync(path.join(folder, name))
    const bytes = files.includes(EMBEDDINGS) && files.includes(EMBEDDING_IDS) ? fs.statSync(path.join(folder, name, EMBEDDINGS)).size : 0
    const dim = bytes / (4 * docs)
    const rankings = files.flatMap((file): Split[] => (RANKINGS.test(file) ? [file.split('.')[0] as Split] : []))
    const result: GivenResult = { name, dim: dim >= 1 && Number.isInteger(dim) ? dim : null, rankings: rankings.sort(), negatives: files.includes(HARD_NEGATIVES) }
    return GivenResult.safeParse(result).success && (result.dim !== null || result.negatives || rankings.length > 0) ? [result] : []
  })
}

/** The files that results are read from: an import depends on them. */
export function givenFiles(folder: string): string[] {
  return resultFolders(folder, '', DEPTH).flatMap((name) => {
    const files = fs.readdirSync(path.join(folder, name)).filter((file) => file === EMBEDDINGS || file === EMBEDDING_IDS || file === HARD_NEGATIVES || RANKINGS.test(file))
    return files.map((file) => path.join(folder, name, file))
  })
}

function resultFolders(folder: string, name: string, depth: number): string[] {
  const below = fs.readdirSync(path.join(folder, name), { withFileTypes: true }).filter((entry) => entry.isDirectory() && !(name === '' && OTHER.includes(entry.name)))
  return below.flatMap((entry) => {
    const sub = name === '' ? entry.name : `${name}/${entry.name}`
    return [sub, ...(depth > 1 ? resultFolders(folder, sub, depth - 1) : [])]
  })
}

export const resultFiles = (folder: string, name: string) => {
  const file = (base: string) => path.join(folder, name, base)
  return { embeddings: file(EMBEDDINGS), embeddingIds: file(EMBEDDING_IDS), negatives: file(HARD_NEGATIVES), ranking: (split: Split) => file(`${split}.rank.tsv`) }
}

/** Per offset of the original's queries of a split, our row. Throws AppError bad-input where the data set came with none. */
export function readQueryOffsets(datasetDir: string, split: Split): Int32Array {
  const file = queryOffsetsFile(path.join(datasetDir, GIVEN_TOKENS), split)
  if (!fs.existsSync(file)) throw new AppError('bad-input', `The data set came with no ${split} queries of the original's; import the DRhard folder that the results lie in`)
  return readArray(file, 'i32').data
}

export const queryOffsetsFile = (givenDir: string, split: Split) => path.join(givenDir, `${split}.offsets`)
