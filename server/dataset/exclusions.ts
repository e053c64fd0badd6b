// Pairs of query and document that mining leaves out, because someone here judged the document relevant. Published as an artifact when a
// run is launched with them; read by the mine step.
import { AppError } from '@/contract/errors'
import { readArrays, writeArrays } from '@/server/files/typed-array-file'

export interface Pair {
  queryRow: number
  docRow: number
}

export const EXCLUSIONS_FILE = 'exclusions'

/** Pairs ascend by query, then document, each once: equal sets are equal files. */
export function writeExclusions(path: string, pairs: readonly Pair[]): void {
  const sorted = [...pairs].sort((a, b) => a.queryRow - b.queryRow || a.docRow - b.docRow)
  if (sorted.some(({ queryRow, docRow }, i) => i > 0 && queryRow === sorted[i - 1].queryRow && docRow === sorted[i - 1].docRow)) throw new AppError('broken', 'A pair of the exclusions occurs twice')
  writeArrays(path, [sorted.map(({ queryRow }) => queryRow), sorted.map(({ docRow }) => docRow)].map((column) => ({ data: Int32Array.from(column), shape: [column.length] })))
}

/** Document rows by query row. */
export function readExclusions(path: string): Map<number, number[]> {
  const [queryRows, docRows] = readArrays(path, ['i32', 'i32'])
  const byQuery = new Map<number, number[]>()
  queryRows.forEach((row, i) => byQuery.set(row, [...(byQuery.get(row) ?? []), docRows[i]]))
  return byQuery
}
