// Rows of a text file -> token rows: the part of tokenising that costs time, on any number of threads with the same result. Called by
// tokenise.ts, there or in encode-thread.ts.
import { createTokenizer, readVocabulary } from '@/server/text/tokenizer-files'
import type { Tokenizer } from '@/server/text/tokenizer'
import { openTextFile } from './text-file'
import { MAX_CONTENT_TOKENS, tokenArray, type TokenRows } from './token-file'

/** What is beyond is not tokenised: 510 tokens rarely need a third of it (DRhard's --max_doc_character). */
const MAX_CHARACTERS = 10_000

export interface EncodeTask {
  /** Folder of the vocabulary. */
  vocabularyDir: string
  textPath: string
  /** Rows [from, to). */
  from: number
  to: number
}

// A thread gets many tasks of one vocabulary; reading it takes a tenth of a second.
let last: { dir: string; tokenizer: Tokenizer } | null = null

export function encodeTexts({ vocabularyDir, textPath, from, to }: EncodeTask): TokenRows {
  if (last?.dir !== vocabularyDir) last = { dir: vocabularyDir, tokenizer: createTokenizer(readVocabulary(vocabularyDir)) }
  const { tokenizer } = last
  const lengths = new Uint16Array(to - from)
  let ids = tokenArray(tokenizer.vocabSize, 64 * (to - from))
  let filled = 0
  const texts = openTextFile(textPath)
  try {
    let row = 0
    for (const text of texts.range(from, to)) {
      const content = tokenizer.encode(cutCharacters(text))
      const length = Math.min(content.length, MAX_CONTENT_TOKENS)
      if (filled + length > ids.length) {
        const larger = tokenArray(tokenizer.vocabSize, Math.max(2 * ids.length, filled + length))
        larger.set(ids)
        ids = larger
      }
      for (let i = 0; i < length; i++) ids[filled++] = content[i]
      lengths[row++] = length
    }
  } finally {
    texts.close()
  }
  return { ids: ids.slice(0, filled), lengths }
}

/** The first MAX_CHARACTERS code points, which is what Python counts. */
function cutCharacters(text: string): string {
  if (text.length <= MAX_CHARACTERS) return text
  // Each code point has one or two units, so the first 2 * MAX units hold enough of them.
  return Array.from(text.slice(0, 2 * MAX_CHARACTERS)).slice(0, MAX_CHARACTERS).join('')
}
