// Encodes text with a byte-level BPE vocabulary and decodes ids. Called by dataset/tokenise.ts and wherever a query is typed in.
import { AppError } from '@/contract/errors'
import { FIRST_TOKENS, MASK_TOKEN, UNKNOWN_TOKEN, type BpeVocabulary } from './bpe-train'
import { BYTE_CHARS, normalise, pieces, trimEnd } from './pre-tokenise'
import type { Tokenizer } from './tokenizer'

/** Words seen before are looked up, not merged again; forgotten all at once when there are this many. */
const CACHE_WORDS = 200_000
/** Longer pieces are rare and each is different: caching them only costs memory. */
const CACHE_PIECE_LENGTH = 40

/** RoBERTa's names for what begins, ends, pads and so on. */
const SPECIAL_TOKENS = [...FIRST_TOKENS, MASK_TOKEN]

/** Throws AppError bad-input if the vocabulary lacks what RoBERTa's models are fed with. */
export function createBpe({ vocab, merges, lowercase, mode }: BpeVocabulary): Tokenizer {
  const idOfToken = new Map(Object.entries(vocab))
  const idOf = (token: string) => {
    const id = idOfToken.get(token)
    if (id === undefined) throw new AppError('bad-input', `The vocabulary has no token ${token}; a RoBERTa vocabulary has ${FIRST_TOKENS.join(', ')}`)
    return id
  }
  const specials = { begin: idOf('<s>'), padding: idOf('<pad>'), end: idOf('</s>'), unknown: idOf(UNKNOWN_TOKEN) }
  const unknown = specials.unknown
  // Symbols: the 256 bytes, then one per merge. A vocabulary need not have them all: what it lacks is <unk>.
  const symbolOfToken = new Map(BYTE_CHARS.map((char, byte) => [char, byte]))
  const idOfSymbol = BYTE_CHARS.map((char) => idOfToken.get(char) ?? unknown)
  const mergeOfPair = new Map<number, number>()
  const symbolOfMerge: number[] = []
  const pairBase = 256 + merges.length
  for (const [a, b] of merges) {
    let symbol = symbolOfToken.get(a + b)
    if (symbol === undefined) {
      symbol = idOfSymbol.length
      symbolOfToken.set(a + b, symbol)
      idOfSymbol.push(idOfToken.get(a + b) ?? unknown)
    }
    const pair = symbolOfToken.get(a)! * pairBase + symbolOfToken.get(b)!
    if (!mergeOfPair.has(pair)) mergeOfPair.set(pair, symbolOfMerge.length)
    symbolOfMerge.push(symbol)
  }

  /** Merges the earliest learnt pair of the piece until none is left. */
  function encodePiece(piece: string): number[] {
    const symbols = Array.from(Buffer.from(piece))
    while (symbols.length > 1) {
      let first = Infinity
      for (let i = 0; i + 1 < symbols.length; i++) {
        const merge = mergeOfPair.get(symbols[i] * pairBase + symbols[i + 1])
        if (merge !== undefined && merge < first) first = merge
      }
      if (first === Infinity) break
      let to = 0
      for (let i = 0; i < symbols.length; i++) {
        const matches = i + 1 < symbols.length && mergeOfPair.get(symbols[i] * pairBase + symbols[i + 1]) === first
        symbols[to++] = matches ? symbolOfMerge[first] : symbols[i]
        if (matches) i++
      }
      symbols.length = to
    }
    return symbols.map((symbol) => idOfSymbol[symbol])
  }

  const cache = new Map<string, number[]>()
  function cachedPiece(piece: string): number[] {
    if (piece.length > CACHE_PIECE_LENGTH) return encodePiece(piece)
    let ids = cache.get(piece)
    if (!ids) {
      ids = encodePiece(piece)
      if (cache.size >= CACHE_WORDS) cache.clear()
      cache.set(piece, ids)
    }
    return ids
  }

  const tokenOfId: string[] = []
  for (const [token, id] of idOfToken) tokenOfId[id] = token
  const byteOfChar = new Map(BYTE_CHARS.map((char, byte) => [char, byte]))

  function addText(text: string, ids: number[]): void {
    for (const piece of pieces(text)) {
      const piecesIds = cachedPiece(piece)
      for (let i = 0; i < piecesIds.length; i++) ids.push(piecesIds[i])
    }
  }

  const specialsInText = mode === 'plain' ? [] : SPECIAL_TOKENS.filter((token) => idOfToken.has(token))
  const split = new RegExp(`(${specialsInText.join('|')})`)

  /** `original` forgets white space before a special token, `current` only that before <mask>. */
  function addSegments(text: string, ids: number[]): void {
    const segments = text.split(split)
    segments.forEach((segment, i) => {
      if (i % 2 === 1) ids.push(idOfToken.get(segment)!)
      else if (mode === 'original' || segments[i + 1] === MASK_TOKEN) addText(trimEnd(segment), ids)
      else addText(segment, ids)
    })
  }

  return {
    vocabSize: tokenOfId.length,
    specials,
    encode(text) {
      const ids: number[] = []
      const cut = mode === 'current' ? (lowercase ? text.toLowerCase() : text) : normalise(text, { lowercase })
      if (specialsInText.length > 0 && cut.includes('<')) addSegments(cut, ids)
      else addText(cut, ids)
      return ids
    },
    decode(ids) {
      const chars = Array.from(ids, (id) => tokenOfId[id] ?? '').join('')
      return Buffer.from(Array.from(chars, (char) => byteOfChar.get(char) ?? 0x3f)).toString('utf8')
    },
  }
}

/** A merge joins bytes or what earlier merges made; otherwise it could never happen, and the file is not what it seems. */
export function checkMerges(merges: readonly [string, string][], vocab: Record<string, number>, file: string): void {
  const made = new Set<string>()
  for (const [i, [a, b]] of merges.entries()) {
    for (const part of [a, b]) {
      if (part.length > 1 && !made.has(part) && Array.from(part).length > 1) throw new AppError('bad-input', `${file}: merge ${i + 1} joins "${part}", which no earlier merge makes; download it again`)
    }
    made.add(a + b)
  }
  if (Object.keys(vocab).length === 0) throw new AppError('bad-input', `${file}: its vocabulary is empty; download it again`)
}
