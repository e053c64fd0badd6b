// Statistics of a data set's texts and judgements. Called by the data set page's route of app/api.
import type { DatasetStatistics, LengthStatistics } from '@/contract/dataset-browser'
import { Split } from '@/contract/dataset'
import type { Dataset } from './dataset'
import type { TextFile } from './text-file'

/** More rows than this are sampled: a mean to two digits needs no more, and reading takes under a second. */
const SAMPLE = 20_000
const BINS = 24
const MOST_RELEVANT = 10

export function datasetStatistics(dataset: Dataset): DatasetStatistics {
  const { docs, queries, qrels } = dataset
  const relevantPerQuery = new Array<number>(MOST_RELEVANT + 1).fill(0)
  for (let row = 0; row < qrels.queryCount; row++) relevantPerQuery[Math.min(MOST_RELEVANT, qrels.relevantCount(row))]++
  const grades = new Map<number, number>()
  const relevant = new Set<number>()
  qrels.grades.forEach((grade, i) => {
    grades.set(grade, (grades.get(grade) ?? 0) + 1)
    if (grade > 0) relevant.add(qrels.docRows[i])
  })
  return {
    docs: lengths(docs, null),
    queries: Split.options.flatMap((split) => {
      const rows = dataset.allQueryRows(split)
      return rows.length > 0 ? [{ split, ...lengths(queries, rows) }] : []
    }),
    relevantPerQuery,
    grades: [...grades].map(([grade, count]) => ({ grade, count })).sort((a, b) => a.grade - b.grade),
    relevantDocs: relevant.size,
  }
}

/** `rows`: these; null: all. */
function lengths(texts: TextFile, rows: Int32Array | null): LengthStatistics {
  const count = rows?.length ?? texts.count
  const stride = Math.max(1, Math.ceil(count / SAMPLE))
  const words: number[] = []
  for (let i = 0; i < count; i += stride) words.push(countWords(texts.get(rows?.[i] ?? i)))
  words.sort((a, b) => a - b)
  const at = (share: number) => words[Math.min(words.length - 1, Math.floor(share * words.length))] ?? 0
  // Long tails would press everything else into one bin.
  const to = Math.max(1, Math.ceil((at(0.99) + 1) / BINS)) * BINS
  const counts = new Array<number>(BINS).fill(0)
  for (const n of words) counts[Math.min(BINS - 1, Math.floor((n / to) * BINS))]++
  return { rows: count, sampled: words.length, empty: words.filter((n) => n === 0).length, mean: words.length ? words.reduce((sum, n) => sum + n, 0) / words.length : 0, median: at(0.5), p95: at(0.95), longest: at(1), bins: { to, counts } }
}

const countWords = (text: string) => text.match(/\S+/g)?.length ?? 0
