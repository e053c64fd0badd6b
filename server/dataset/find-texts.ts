// Finds texts by words or official id, row by row. A large collection is looked through a slice at a time: who asks goes on where it stopped.
// Called by the data set page's route of app/api.
import { setImmediate } from 'node:timers/promises'
import type { FoundTexts } from '@/contract/dataset-browser'
import type { Ids } from './ids'
import type { TextFile } from './text-file'

/** An answer after this long at the latest, with what was found until then. */
const MOST_MS = 1500
/** Other requests get their turn this often. */
const SLICE_ROWS = 500

export interface FindOptions {
  q: string
  from: number
  limit: number
  /** Milliseconds. */
  clock: () => number
}

/** Texts that hold every word of `q`, without case; the text whose id is `q` comes first. */
export async function findTexts(texts: TextFile, ids: Ids, { q, from, limit, clock }: FindOptions): Promise<FoundTexts> {
  const words = q.toLowerCase().split(/\s+/).filter(Boolean)
  const text = (row: number) => ({ row, id: ids.idOf(row), text: texts.get(row) })
  const named = from === 0 && q.trim() !== '' ? ids.rowOf(q.trim()) : undefined
  const results = named === undefined ? [] : [text(named)]
  const started = clock()
  let row = from
  while (row < texts.count && results.length < limit && clock() - started <= MOST_MS) {
    for (const each of texts.range(row, Math.min(texts.count, row + SLICE_ROWS))) {
      if (results.length >= limit) break
      const lower = words.length === 0 ? '' : each.toLowerCase()
      if (row !== named && words.every((word) => lower.includes(word))) results.push({ row, id: ids.idOf(row), text: each })
      row++
    }
    await setImmediate()
  }
  return { rows: texts.count, looked: row - from, results, next: row < texts.count ? row : null }
}
