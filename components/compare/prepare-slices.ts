// Decides the slices of the queries (length, type, how hard they are for BM25), each run's mean in them, and the distribution of differences.
import type { QueryValues } from '@/contract/compare'

export interface Slice {
  group: 'Length' | 'Type' | 'BM25'
  name: string
  /** Places in the answer's order. */
  places: number[]
}

const LENGTHS = [
  { name: '1 to 3 words', to: 3 },
  { name: '4 to 6 words', to: 6 },
  { name: '7 to 9 words', to: 9 },
  { name: '10 words and more', to: Infinity },
]

const QUESTION_WORDS = ['what', 'how', 'who', 'when', 'where', 'which', 'why']
const YES_NO = /^(is|are|was|were|do|does|did|can|could|should|will|would|has|have)$/

export const wordsOf = (text: string) => text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? []

/** By the first word, as the analyses of MS MARCO do; what begins otherwise is called keywords. */
export function typeOf(text: string): string {
  const [first = ''] = wordsOf(text)
  if (QUESTION_WORDS.includes(first)) return first
  if (first === 'whose' || first === 'whom') return 'who'
  return YES_NO.test(first) ? 'yes or no' : 'keywords'
}

/** MRR@10 of BM25 as a reader thinks of it. */
const DIFFICULTIES = [
  { name: 'easy: BM25 finds it first', has: (mrr: number) => mrr === 1 },
  { name: 'medium: among its first ten', has: (mrr: number) => mrr > 0 && mrr < 1 },
  { name: 'hard: not among its first ten', has: (mrr: number) => mrr === 0 },
]

/** Slices with queries in them, in a fixed order. */
export function slicesOf({ texts, bm25 }: Pick<QueryValues, 'texts' | 'bm25'>): Slice[] {
  const all = [...texts.keys()]
  const lengths = texts.map((text) => LENGTHS.findIndex(({ to }) => wordsOf(text).length <= to))
  const types = texts.map(typeOf)
  const slices: Slice[] = [
    ...LENGTHS.map(({ name }, i): Slice => ({ group: 'Length', name, places: all.filter((place) => lengths[place] === i) })),
    ...[...QUESTION_WORDS, 'yes or no', 'keywords'].map((name): Slice => ({ group: 'Type', name, places: all.filter((place) => types[place] === name) })),
    ...(bm25 ? DIFFICULTIES.map(({ name, has }): Slice => ({ group: 'BM25', name, places: all.filter((place) => bm25.values[place] !== null && has(bm25.values[place]!)) })) : []),
  ]
  return slices.filter((slice) => slice.places.length > 0)
}

/** Mean over the places that count, and how many do; null where none does. */
export function meanAt(values: (number | null)[], places: number[]): { mean: number; n: number } | null {
  let [sum, n] = [0, 0]
  for (const place of places) {
    const value = values[place]
    if (value === null) continue
    sum += value
    n += 1
  }
  return n === 0 ? null : { mean: sum / n, n }
}

export interface Difference {
  /** Place in the answer's order. */
  place: number
  a: number
  b: number
  difference: number
}

/** b - a on the queries that count for both. */
export function differencesOf(a: (number | null)[], b: (number | null)[]): Difference[] {
  return a.flatMap((x, place) => {
    const y = b[place]
    return x === null || y === null || y === undefined ? [] : [{ place, a: x, b: y, difference: y - x }]
  })
}

export interface Bin {
  from: number
  to: number
  count: number
}

const SIDE_BINS = 10

/** Bins of equal width at both sides of zero, and one for no difference at all: the middle is neither won nor lost. */
export function binDifferences(differences: number[]): { losses: Bin[]; ties: number; wins: Bin[] } {
  const reach = Math.max(...differences.map(Math.abs), 0) || 1
  const width = reach / SIDE_BINS
  const side = (sign: 1 | -1) => Array.from({ length: SIDE_BINS }, (_, i): Bin => (sign === 1 ? { from: i * width, to: (i + 1) * width, count: 0 } : { from: -(i + 1) * width, to: -i * width, count: 0 }))
  const [losses, wins] = [side(-1), side(1)]
  let ties = 0
  for (const difference of differences) {
    if (difference === 0) ties += 1
    else (difference > 0 ? wins : losses)[Math.min(SIDE_BINS - 1, Math.ceil(Math.abs(difference) / width - 1e-9) - 1)].count += 1
  }
  return { losses: losses.reverse(), ties, wins }
}
