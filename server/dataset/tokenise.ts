// Writes the texts of a data set as token ids, with a vocabulary learnt from it or one that a model brought. Called by
// jobs/steps/tokenise.ts.
import fs from 'node:fs'
import path from 'node:path'
import { stopIfCancelled } from '@/server/files/cancel'
import { inOrder, openThreads, type Threads } from '@/server/files/threads'
import { trainBpe } from '@/server/text/bpe-train'
import { createTokenizer, readVocabulary, vocabularyFiles, writeVocabulary } from '@/server/text/tokenizer-files'
import { openDataset, type Dataset } from './dataset'
import { encodeTexts, type EncodeTask } from './encode-texts'
import type { TextFile } from './text-file'
import { TokenWriter, type TokenRows } from './token-file'

const TASK_ROWS = 2048
/** Below this the work is done before threads have started. */
const THREADS_FROM_ROWS = 20_000

/** `vocabSize`: how many tokens to learn. `vocabularyDir`: the folder of a model's tokenizer. */
export type VocabularySource = { vocabSize: number } | { vocabularyDir: string }

export interface TokeniseOptions {
  threads?: number
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
export async function tokeniseDataset(datasetDir: string, outDir: string, source: VocabularySource, { threads = 1, signal, progress }: TokeniseOptions = {}): Promise<TokenCounts> {
  const dataset = openDataset(datasetDir)
  const pool = threads > 1 && dataset.docs.count + dataset.queries.count >= THREADS_FROM_ROWS ? openThreads<EncodeTask, TokenRows>(import.meta.url, 'encode-thread', threads) : null
  try {
    if ('vocabSize' in source) {
      writeVocabulary(outDir, trainBpe(trainingTexts(dataset), source.vocabSize, { lowercase: true, signal, onProgress: (done, total) => progress?.(done, total, 'merges') }))
    } else {
      for (const name of vocabularyFiles(source.vocabularyDir)) fs.copyFileSync(path.join(source.vocabularyDir, name), path.join(outDir, name))
    }
    const { vocabSize } = createTokenizer(readVocabulary(outDir))
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

/** Documents and training queries: the vocabulary must not know dev and test queries. */
function* trainingTexts(dataset: Dataset): Generator<string> {
  yield* dataset.docs.all()
  for (const row of dataset.allQueryRows('train')) yield dataset.queries.get(row)
}
