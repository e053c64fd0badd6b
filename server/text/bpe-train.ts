// Learns a byte-level BPE vocabulary (Sennrich et al. 2016, on bytes as GPT-2). Called by dataset/tokenise.ts.
// Pair counts are kept up to date merge by merge: only the words that hold the merged pair are touched.
import { AppError } from '@/contract/errors'
import { stopIfCancelled } from '@/server/files/cancel'
import { BYTE_CHARS, BYTES_IN_ORDER, normalise, pieces, type Normalisation } from './pre-tokenise'

/** RoBERTa's special tokens: the first four ids and the last one. */
export const FIRST_TOKENS = ['<s>', '<pad>', '</s>', '<unk>']
export const UNKNOWN_TOKEN = '<unk>'
export const MASK_TOKEN = '<mask>'
const MIN_PAIR_COUNT = 2
/** A pair (a, b) as one number: a * PAIR_BASE + b. Vocabularies are smaller than this. */
const PAIR_BASE = 2 ** 20

export interface TrainBpeOptions extends Normalisation {
  signal?: AbortSignal
  /** Merges learnt of those wanted. */
  onProgress?: (done: number, total: number) => void
}

/**
 * How text is treated before it is cut:
 * - `plain`: a leading blank, no trailing space; special tokens in a text are plain text. What this product learns.
 * - `original`: as `plain`, but special tokens in a text are themselves: transformers 2.x and DRhard's star_tokenizer.
 * - `current`: transformers' RobertaTokenizerFast: the text as it is, special tokens in it are themselves.
 */
export const BPE_MODES = ['plain', 'original', 'current'] as const
export type BpeMode = (typeof BPE_MODES)[number]

export interface BpeVocabulary extends Normalisation {
  kind: 'bpe'
  mode: BpeMode
  vocab: Record<string, number>
  merges: [string, string][]
}

/**
 * Learns merges until the vocabulary has `vocabSize` entries, special tokens included, or no pair occurs twice.
 * Deterministic: the most frequent pair first; among equals the one with the smaller ids.
 */
export function trainBpe(texts: Iterable<string>, vocabSize: number, { lowercase, signal, onProgress }: TrainBpeOptions): BpeVocabulary {
  const wanted = vocabSize - FIRST_TOKENS.length - 256 - 1
  if (wanted < 0) throw new AppError('bad-input', `A byte-level vocabulary has at least ${vocabSize - wanted} entries, not ${vocabSize}; raise vocabSize`)
  const symbols = BYTES_IN_ORDER.map((byte) => BYTE_CHARS[byte])
  const merges: [string, string][] = []
  const words = new WordTable(countPieces(texts, { lowercase }, signal))
  const pairs = new PairQueue(words)
  while (merges.length < wanted) {
    const pair = pairs.takeMostFrequent()
    if (pair === null) break
    const [a, b] = [Math.floor(pair / PAIR_BASE), pair % PAIR_BASE]
    merges.push([symbols[a], symbols[b]])
    symbols.push(symbols[a] + symbols[b])
    pairs.merge(a, b, symbols.length - 1)
    if (merges.length % 256 === 0) {
      stopIfCancelled(signal)
      onProgress?.(merges.length, wanted)
    }
  }
  onProgress?.(wanted, wanted)
  const tokens = [...FIRST_TOKENS, ...symbols, MASK_TOKEN]
  return { kind: 'bpe', vocab: Object.fromEntries(tokens.map((token, id) => [token, id])), merges, lowercase, mode: 'plain' }
}

function countPieces(texts: Iterable<string>, normalisation: Normalisation, signal: AbortSignal | undefined): Map<string, number> {
  const counts = new Map<string, number>()
  let seen = 0
  for (const text of texts) {
    if (++seen % 10_000 === 0) stopIfCancelled(signal)
    for (const piece of pieces(normalise(text, normalisation))) counts.set(piece, (counts.get(piece) ?? 0) + 1)
  }
  return counts
}

/** Distinct words as symbols in one array; a merge shortens a word in its place. */
class WordTable {
  readonly symbols: Int32Array
  readonly starts: Int32Array
  readonly lengths: Int32Array
  readonly counts: Float64Array

  constructor(pieceCounts: Map<string, number>) {
    const symbolOfByte = new Int32Array(256)
    BYTES_IN_ORDER.forEach((byte, symbol) => (symbolOfByte[byte] = symbol))
    const words = Array.from(pieceCounts.keys(), (piece) => Buffer.from(piece))
    this.lengths = Int32Array.from(words, (bytes) => bytes.length)
    this.counts = Float64Array.from(pieceCounts.values())
    this.starts = new Int32Array(words.length)
    for (let w = 1; w < words.length; w++) this.starts[w] = this.starts[w - 1] + this.lengths[w - 1]
    this.symbols = new Int32Array(this.lengths.reduce((a, b) => a + b, 0))
    words.forEach((bytes, w) => bytes.forEach((byte, i) => (this.symbols[this.starts[w] + i] = symbolOfByte[byte])))
  }
}

/** How often each pair stands side by side, where, and which is the most frequent. */
class PairQueue {
  private readonly counts = new Map<number, number>()
  /** Words that hold or held the pair: a merge may have taken it away since. */
  private readonly places = new Map<number, number[]>()
  /** A heap of pairs by the count they had when pushed; outdated entries are pushed again when they surface. */
  private readonly heapPairs: number[] = []
  private readonly heapCounts: number[] = []
  private readonly changed = new Set<number>()

  constructor(private readonly words: WordTable) {
    for (let w = 0; w < words.starts.length; w++) {
      const end = words.starts[w] + words.lengths[w] - 1
      for (let i = words.starts[w]; i < end; i++) this.add(words.symbols[i], words.symbols[i + 1], w)
    }
    this.pushChanged()
  }

  takeMostFrequent(): number | null {
    while (this.heapPairs.length > 0) {
      const pair = this.heapPairs[0]
      const pushed = this.heapCounts[0]
      const count = this.counts.get(pair) ?? 0
      this.pop()
      if (count < MIN_PAIR_COUNT) continue
      if (count === pushed) return pair
      this.push(pair, count)
    }
    return null
  }

  /** Replaces a, b by `merged` in all words and corrects the counts of the neighbours. */
  merge(a: number, b: number, merged: number): void {
    const { symbols, starts, lengths, counts } = this.words
    const pair = a * PAIR_BASE + b
    for (const w of new Set(this.places.get(pair))) {
      const start = starts[w]
      const end = start + lengths[w]
      const count = counts[w]
      let to = start
      for (let i = start; i < end; i++) {
        if (i + 1 < end && symbols[i] === a && symbols[i + 1] === b) {
          if (to > start) {
            // The left neighbour may itself be a merge of this pass: then (merged, a) was added a moment ago.
            this.subtract(symbols[to - 1], a, count)
            this.add(symbols[to - 1], merged, w)
          }
          if (i + 2 < end) {
            this.subtract(b, symbols[i + 2], count)
            this.add(merged, symbols[i + 2], w)
          }
          symbols[to++] = merged
          i++
        } else {
          symbols[to++] = symbols[i]
        }
      }
      lengths[w] = to - start
    }
    this.counts.delete(pair)
    this.places.delete(pair)
    this.changed.delete(pair)
    this.pushChanged()
  }

  private add(a: number, b: number, w: number): void {
    const pair = a * PAIR_BASE + b
    this.counts.set(pair, (this.counts.get(pair) ?? 0) + this.words.counts[w])
    const places = this.places.get(pair)
    if (!places) this.places.set(pair, [w])
    else if (places[places.length - 1] !== w) places.push(w)
    this.changed.add(pair)
  }

  // A fallen count needs no new heap entry: the old one surfaces no later than it should and is corrected then.
  private subtract(a: number, b: number, count: number): void {
    const pair = a * PAIR_BASE + b
    this.counts.set(pair, (this.counts.get(pair) ?? 0) - count)
  }

  private pushChanged(): void {
    for (const pair of this.changed) {
      const count = this.counts.get(pair)!
      if (count >= MIN_PAIR_COUNT) this.push(pair, count)
    }
    this.changed.clear()
  }

  private before(count: number, pair: number, j: number): boolean {
    return count > this.heapCounts[j] || (count === this.heapCounts[j] && pair < this.heapPairs[j])
  }

  private push(pair: number, count: number): void {
    let i = this.heapPairs.length
    while (i > 0) {
      const parent = (i - 1) >> 1
      if (!this.before(count, pair, parent)) break
      this.heapPairs[i] = this.heapPairs[parent]
      this.heapCounts[i] = this.heapCounts[parent]
      i = parent
    }
    this.heapPairs[i] = pair
    this.heapCounts[i] = count
  }

  private pop(): void {
    const pair = this.heapPairs.pop()!
    const count = this.heapCounts.pop()!
    const size = this.heapPairs.length
    if (size === 0) return
    let i = 0
    for (;;) {
      let child = 2 * i + 1
      if (child >= size) break
      if (child + 1 < size && this.before(this.heapCounts[child + 1], this.heapPairs[child + 1], child)) child++
      if (this.before(count, pair, child)) break
      this.heapPairs[i] = this.heapPairs[child]
      this.heapCounts[i] = this.heapCounts[child]
      i = child
    }
    this.heapPairs[i] = pair
    this.heapCounts[i] = count
  }
}
