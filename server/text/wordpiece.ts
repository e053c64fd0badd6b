// BERT's tokenizer: clean, cut at white space and punctuation, then the longest pieces of the vocabulary from the left (Wu et al. 2016;
// behaviour of transformers' BertTokenizerFast). Called through tokenizer-files.ts.
import { AppError } from '@/contract/errors'
import type { Tokenizer } from './tokenizer'

export interface WordPieceVocabulary {
  kind: 'wordpiece'
  vocab: Record<string, number>
  lowercase: boolean
  stripAccents: boolean
  /** Chinese characters are words of their own. */
  splitChinese: boolean
}

const SPECIAL_TOKENS = ['[UNK]', '[SEP]', '[PAD]', '[CLS]', '[MASK]']
const CONTINUES = '##'
/** A longer word is unknown, as BERT has it: no text that anyone wrote. */
const MAX_WORD_CHARS = 100
const CACHE_WORDS = 200_000
const CACHE_WORD_LENGTH = 40

// BERT's cleaning drops control, format, private and surrogate characters but for tab, line feed and carriage return.
const CONTROL = /(?![\t\n\r])[\p{Cc}\p{Cf}\p{Co}\p{Cs}\uFFFD]/gu
const SPACES = /\p{White_Space}/gu
const SPECIAL_LETTERS = /[^\x20-\x7e]/
const ACCENTS = /\p{Mn}/gu
// The blocks of Chinese characters that BERT names (basic_tokenizer, _is_chinese_char).
const CHINESE = /[\u4E00-\u9FFF\u3400-\u4DBF\u{20000}-\u{2A6DF}\u{2A700}-\u{2B73F}\u{2B740}-\u{2B81F}\u{2B820}-\u{2CEAF}\uF900-\uFAFF\u{2F800}-\u{2FA1F}]/gu
// All ASCII symbols count as punctuation.
const WORD = /[!-/:-@[-`{-~\p{P}]|[^\p{White_Space}!-/:-@[-`{-~\p{P}]+/gu

/** Throws AppError bad-input if the vocabulary lacks what BERT's models are fed with. */
export function createWordPiece({ vocab, lowercase, stripAccents, splitChinese }: WordPieceVocabulary): Tokenizer {
  const idOfToken = new Map(Object.entries(vocab))
  const idOf = (token: string) => {
    const id = idOfToken.get(token)
    if (id === undefined) throw new AppError('bad-input', `The vocabulary has no token ${token}; a BERT vocabulary has [CLS], [SEP], [PAD] and [UNK]`)
    return id
  }
  const specials = { begin: idOf('[CLS]'), end: idOf('[SEP]'), padding: idOf('[PAD]'), unknown: idOf('[UNK]') }
  const tokenOfId: string[] = []
  for (const [token, id] of idOfToken) tokenOfId[id] = token
  // Pieces by what they are looked up with, so that no string is put together for a look-up.
  const starts = new Map<string, number>()
  const continues = new Map<string, number>()
  let longest = 1
  for (const [token, id] of idOfToken) {
    if (token.startsWith(CONTINUES)) continues.set(token.slice(CONTINUES.length), id)
    starts.set(token, id)
    longest = Math.max(longest, token.length)
  }

  function normalise(text: string): string {
    if (!SPECIAL_LETTERS.test(text)) return lowercase ? text.toLowerCase() : text
    let clean = text.replace(CONTROL, '').replace(SPACES, ' ')
    if (splitChinese) clean = clean.replace(CHINESE, ' $& ')
    if (stripAccents) clean = clean.normalize('NFD').replace(ACCENTS, '')
    return lowercase ? clean.replaceAll('Σ', 'σ').toLowerCase() : clean
  }

  function encodeWord(word: string): number[] {
    if (word.length > MAX_WORD_CHARS && Array.from(word).length > MAX_WORD_CHARS) return [specials.unknown]
    const ids: number[] = []
    for (let from = 0; from < word.length; ) {
      const pieces = from === 0 ? starts : continues
      let to = Math.min(word.length, from + longest)
      let id = pieces.get(word.slice(from, to))
      while (id === undefined && --to > from) id = pieces.get(word.slice(from, to))
      if (id === undefined) return [specials.unknown]
      ids.push(id)
      from = to
    }
    return ids
  }

  const cache = new Map<string, number[]>()
  function cachedWord(word: string): number[] {
    if (word.length > CACHE_WORD_LENGTH) return encodeWord(word)
    let ids = cache.get(word)
    if (!ids) {
      ids = encodeWord(word)
      if (cache.size >= CACHE_WORDS) cache.clear()
      cache.set(word, ids)
    }
    return ids
  }

  function addText(text: string, ids: number[]): void {
    for (const word of normalise(text).match(WORD) ?? []) {
      const wordIds = cachedWord(word)
      for (let i = 0; i < wordIds.length; i++) ids.push(wordIds[i])
    }
  }

  const special = new RegExp(`(${SPECIAL_TOKENS.filter((token) => idOfToken.has(token)).map((token) => token.replace(/[[\]]/g, '\\$&')).join('|')})`)
  return {
    vocabSize: tokenOfId.length,
    specials,
    encode(text) {
      const ids: number[] = []
      if (!text.includes('[')) addText(text, ids)
      else text.split(special).forEach((part, i) => (i % 2 === 1 ? ids.push(idOfToken.get(part)!) : addText(part, ids)))
      return ids
    },
    decode(ids) {
      return Array.from(ids, (id) => tokenOfId[id] ?? '').join(' ').replaceAll(` ${CONTINUES}`, '')
    },
  }
}
