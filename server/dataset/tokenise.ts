// Writes the texts of a data set as token ids, with a vocabulary learnt from it or one that a model brought. Called by
// jobs/steps/tokenise.ts.
import fs from 'node:fs'
import path from 'node:path'
import type { LogLevel } from '@/contract/event'
import { stopIfCancelled } from '@/server/files/cancel'
import { inOrder, openThreads, type Threads } from '@/server/files/threads'
import { trainBpe } from '@/server/text/bpe-train'
import type { Tokenizer } from '@/server/text/tokenizer'
import { createTokenizer, readVocabulary, vocabularyFiles, writeVocabulary } from '@/server/text/tokenizer-files'
import { openDataset, type Dataset } from './dataset'
import { encodeTexts, type EncodeTask } from './encode-texts'
import type { TextFile } from './text-file'
import { GIVEN_TOKENS } from './given-results'
import { readTokens, TokenWriter, type TokenRows } from './token-file'

const TASK_ROWS = 2048
/** Below this the work is done before threads have started. */
const THREADS_FROM_ROWS = 20_000

/** `vocabSize`: how many tokens to learn. `vocabularyDir`: the folder of a model's tokenizer. */
export type VocabularySource = { vocabSize: number } | { vocabularyDir: string }

export interface TokeniseOptions {
  threads?: number
  log?: (level: LogLevel, line: string) => void
  signal?: AbortSignal
  progress?: (done: number, total: number, unit: string) => void
}

export interface TokenCounts {
  /** Less than asked for where the texts have too few repeated pairs. */
  vocabSize: number
  docTokens: number
  queryTokens: number
}

/** Writes docs.tokens, queries.tokens (every query row) and the vocabulary into `outDir`. */
export async function tokeniseDataset(datasetDir: string, outDir: string, source: VocabularySource, { threads = 1, log, signal, progress }: TokeniseOptions = {}): Promise<TokenCounts> {
  const dataset = openDataset(datasetDir)
  const pool = threads > 1 && dataset.docs.count + dataset.queries.count >= THREADS_FROM_ROWS ? openThreads<EncodeTask, TokenRows>(import.meta.url, 'encode-thread', threads) : null
  try {
    if ('vocabSize' in source) {
      writeVocabulary(outDir, trainBpe(trainingTexts(dataset), source.vocabSize, { lowercase: true, signal, onProgress: (done, total) => progress?.(done, total, 'merges') }))
    } else {
      for (const name of vocabularyFiles(source.vocabularyDir)) fs.copyFileSync(path.join(source.vocabularyDir, name), path.join(outDir, name))
    }
    const tokenizer = createTokenizer(readVocabulary(outDir))
    const { vocabSize } = tokenizer
    const given = path.join(datasetDir, GIVEN_TOKENS)
    if (fs.existsSync(given)) {
      const differs = compareTokens(dataset, given, tokenizer)
      if (!differs) return { vocabSize, ...takeGiven(given, outDir) }
      log?.('warn', `The tokens that came with the data set are not this tokenizer's (${differs}); the texts are tokenised again`)
    }
    const write = async (name: 'docs' | 'queries', texts: TextFile) => {
      const writer = new TokenWriter(path.join(outDir, `${name}.tokens`), { rows: texts.count, vocabSize })
      const tasks = tasksOf(outDir, path.join(datasetDir, `${name}.text`), texts.count)
      let done = 0
      for await (const rows of inOrder(tasks, pool ? 2 * threads : 1, (task) => encode(pool, task))) {
        writer.append(rows)
        stopIfCancelled(signal)
        progress?.((done += rows.lengths.length), texts.count, name === 'docs' ? 'documents' : 'queries')
      }
      writer.close()
      return writer.total
    }
    return { vocabSize, docTokens: await write('docs', dataset.docs), queryTokens: await write('queries', dataset.queries) }
  } finally {
    dataset.close()
    await pool?.close()
  }
}

async function encode(pool: Threads<EncodeTask, TokenRows> | null, task: EncodeTask): Promise<TokenRows> {
  return pool ? pool.run(task) : encodeTexts(task)
}

function* tasksOf(vocabularyDir: string, textPath: string, count: number): Generator<EncodeTask> {
  for (let from = 0; from < count; from += TASK_ROWS) yield { vocabularyDir, textPath, from, to: Math.min(count, from + TASK_ROWS) }
}

/** Rows that are compared before tokens that came with a data set are believed. */
const COMPARED_ROWS = 500

/**
 * Where token rows that came with the data set differ from this tokenizer's, in words; null where they do not. They may be cut earlier,
 * as the original's --max_seq_length does.
 */
function compareTokens(dataset: Dataset, given: string, tokenizer: Tokenizer): string | null {
  for (const [name, texts] of [['docs', dataset.docs], ['queries', dataset.queries]] as const) {
    const tokens = readTokens(path.join(given, `${name}.tokens`))
    const longest = tokens.offsets.reduce((most, end, row) => Math.max(most, row === 0 ? 0 : end - tokens.offsets[row - 1]), 0)
    const stride = Math.max(1, Math.floor(texts.count / COMPARED_ROWS))
    for (let row = 0; row < texts.count; row += stride) {
      const theirs = tokens.row(row)
      if (theirs.length === 0) continue // a query that the original left out
      const ours = tokenizer.encode(texts.get(row)).slice(0, theirs.length)
      const same = ours.length === theirs.length && ours.every((id, i) => id === theirs[i])
      if (!same || (theirs.length < longest && tokenizer.encode(texts.get(row)).length > longest)) return `${name === 'docs' ? 'document' : 'query'} row ${row}`
    }
  }
  return null
}

function takeGiven(given: string, outDir: string): Pick<TokenCounts, 'docTokens' | 'queryTokens'> {
  const counts = { docTokens: 0, queryTokens: 0 }
  for (const name of ['docs', 'queries'] as const) {
    fs.copyFileSync(path.join(given, `${name}.tokens`), path.join(outDir, `${name}.tokens`))
    counts[name === 'docs' ? 'docTokens' : 'queryTokens'] = readTokens(path.join(outDir, `${name}.tokens`)).ids.length
  }
  return counts
}

/** Documents and training queries: the vocabulary must not know dev and test queries. */
function* trainingTexts(dataset: Dataset): Generator<string> {
  yield* dataset.docs.all()
  for (const row of dataset.allQueryRows('train')) yield dataset.queries.get(row)
}
