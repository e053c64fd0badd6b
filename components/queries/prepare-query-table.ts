// Decides the table of queries: which are shown and in what order. Sorting thousands is done here, in the browser, in a few milliseconds.
import type { QueryTable } from '@/contract/query'

/** `row`: the order of the data set; a measure; the second run's value of the shown measure, or the difference to it. */
export type QuerySort = 'row' | 'against' | 'difference' | (string & {})

export interface QueryOrder {
  q: string
  sort: QuerySort
  order: 'asc' | 'desc'
  /** The measure that a pair is compared by. */
  measure: string
}

/** Ranks that the page of a query reads first. */
export const FIRST_RANKS = 50

/** First less second, null where either is missing. */
export function differenceAt({ values, against }: QueryTable, measure: string, place: number): number | null {
  const [a, b] = [values[measure]?.[place] ?? null, against?.values[measure]?.[place] ?? null]
  return a === null || b === null ? null : a - b
}

/** Places of the table, filtered and sorted. Every word has to occur; ties are in the data set's order, and what has no value comes last. */
export function orderQueries(table: QueryTable, { q, sort, order, measure }: QueryOrder): Int32Array {
  const words = q.toLowerCase().split(/\s+/).filter(Boolean)
  const places = Int32Array.from(table.rows.keys()).filter((i) => {
    if (words.length === 0) return true
    const text = `${table.texts[i]} ${table.ids[i]}`.toLowerCase()
    return words.every((word) => text.includes(word))
  })
  const sign = order === 'asc' ? 1 : -1
  if (sort === 'row') return sign === 1 ? places : places.reverse()
  const value = valueOf(table, sort, measure)
  const keys = Float64Array.from(table.rows, (_, i) => value(i) ?? NaN)
  return places.sort((a, b) => {
    const [x, y] = [keys[a], keys[b]]
    if (Number.isNaN(x) || Number.isNaN(y)) return Number(Number.isNaN(x)) - Number(Number.isNaN(y)) || a - b
    return sign * (x - y) || a - b
  })
}

function valueOf(table: QueryTable, sort: QuerySort, measure: string): (place: number) => number | null {
  if (sort === 'difference') return (place) => differenceAt(table, measure, place)
  if (sort === 'against') return (place) => table.against?.values[measure]?.[place] ?? null
  return (place) => table.values[sort]?.[place] ?? null
}

/** On how many queries the first run is better, equal and worse; those without both values are in none. */
export function countWins(table: QueryTable, measure: string): { wins: number; ties: number; losses: number } {
  const counts = { wins: 0, ties: 0, losses: 0 }
  for (const place of table.rows.keys()) {
    const difference = differenceAt(table, measure, place)
    if (difference !== null) counts[difference > 0 ? 'wins' : difference < 0 ? 'losses' : 'ties']++
  }
  return counts
}
