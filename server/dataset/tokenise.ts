// Learns a vocabulary from a data set and writes its texts as token ids. Called by jobs/steps/tokenise.ts.
import path from 'node:path'
import { stopIfCancelled } from '@/server/files/cancel'
import { createBpe, type Bpe } from '@/server/text/bpe'
import { trainBpe } from '@/server/text/bpe-train'
import { writeVocabulary } from '@/server/text/tokenizer-files'
import { openDataset, type Dataset } from './dataset'
import type { TextFile } from './text-file'
import { writeTokens } from './token-file'

const CHECK_ROWS = 4096

export interface TokeniseOptions {
  vocabSize: number
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
export function tokeniseDataset(datasetDir: string, outDir: string, { vocabSize, signal, progress }: TokeniseOptions): TokenCounts {
  const dataset = openDataset(datasetDir)
  try {
    const vocabulary = trainBpe(trainingTexts(dataset), vocabSize, { lowercase: true, signal, onProgress: (done, total) => progress?.(done, total, 'merges') })
    writeVocabulary(outDir, vocabulary)
    const bpe = createBpe(vocabulary)
    const write = (name: string, texts: TextFile) =>
      writeTokens(path.join(outDir, name), encodeAll(bpe, texts, signal, (done) => progress?.(done, texts.count, name === 'docs.tokens' ? 'documents' : 'queries')), bpe)
    return { vocabSize: bpe.vocabSize, docTokens: write('docs.tokens', dataset.docs), queryTokens: write('queries.tokens', dataset.queries) }
  } finally {
    dataset.close()
  }
}

/** Documents and training queries: the vocabulary must not know dev and test queries. */
function* trainingTexts(dataset: Dataset): Generator<string> {
  yield* dataset.docs.all()
  for (const row of dataset.allQueryRows('train')) yield dataset.queries.get(row)
}

function* encodeAll(bpe: Bpe, texts: TextFile, signal: AbortSignal | undefined, onRows: (done: number) => void): Generator<number[]> {
  let done = 0
  for (const text of texts.all()) {
    yield bpe.encode(text)
    if (++done % CHECK_ROWS === 0 || done === texts.count) {
      stopIfCancelled(signal)
      onRows(done)
    }
  }
}
