// Encodes text with a byte-level BPE vocabulary and decodes ids. Called by dataset/tokenise.ts and wherever a query is typed in.
import { UNKNOWN_TOKEN, type BpeVocabulary } from './bpe-train'
import { BYTE_CHARS, normalise, pieces } from './pre-tokenise'

/** Words seen before are looked up, not merged again; forgotten all at once when there are this many. */
const CACHE_WORDS = 200_000
/** Longer pieces are rare and each is different: caching them only costs memory. */
const CACHE_PIECE_LENGTH = 40

export interface Bpe {
  vocabSize: number
  /** Ids without special tokens. */
  encode(text: string): number[]
  decode(ids: ArrayLike<number>): string
}

export function createBpe({ vocab, merges, lowercase }: BpeVocabulary): Bpe {
  const idOfToken = new Map(Object.entries(vocab))
  const unknown = idOfToken.get(UNKNOWN_TOKEN)!
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

  return {
    vocabSize: idOfToken.size,
    encode(text) {
      const ids: number[] = []
      for (const piece of pieces(normalise(text, { lowercase }))) {
        const piecesIds = cachedPiece(piece)
        for (let i = 0; i < piecesIds.length; i++) ids.push(piecesIds[i])
      }
      return ids
    },
    decode(ids) {
      const chars = Array.from(ids, (id) => tokenOfId[id] ?? '').join('')
      return Buffer.from(Array.from(chars, (char) => byteOfChar.get(char) ?? 0x3f)).toString('utf8')
    },
  }
}
