// Reads the original's rank.tsv, whose ids are offsets: query, document and rank, tab-separated. Called by the step `take`.
import { AppError } from '@/contract/errors'
import { textLines } from '@/server/dataset/line-blocks'
import { badLine, tabFields } from '@/server/dataset/tsv-lines'
import { RankingBuilder, type Ranking } from './ranking'

export interface OffsetRankingOptions {
  /** Row of each query offset. */
  queryRows: Int32Array
  docs: number
  /** Documents kept per query. */
  depth: number
}

/**
 * The file has no scores: a document's is its negative rank. Throws AppError bad-input, naming the line, for offsets that the data set
 * does not have and ranks that are missing or repeated.
 */
export async function readOffsetRanking(file: string, { queryRows, docs, depth }: OffsetRankingOptions): Promise<Ranking> {
  const byQuery = new Map<number, number[]>()
  for await (const line of textLines(file)) {
    const [query, doc, rank] = tabFields(file, line, ['query offset', 'document offset', 'rank']).map((text) => (/^\d{1,9}$/.test(text) ? Number(text) : -1))
    if (!(query >= 0 && query < queryRows.length)) throw badLine(file, line.number, `there is no query at this offset; the data set has 0 to ${queryRows.length - 1}`, 'take a file with offsets, not official ids, of the same preprocess/')
    if (!(doc >= 0 && doc < docs)) throw badLine(file, line.number, `there is no document at this offset; the data set has 0 to ${docs - 1}`, 'take a file of the same preprocess/')
    const row = queryRows[query]
    const ranked = byQuery.get(row) ?? []
    byQuery.set(row, ranked)
    if (rank !== ranked.length + 1) throw badLine(file, line.number, `rank ${rank} follows rank ${ranked.length} of its query`, 'search again, or sort the file by query and rank')
    ranked.push(doc)
  }
  const builder = new RankingBuilder()
  for (const row of [...byQuery.keys()].sort((a, b) => a - b)) {
    const kept = byQuery.get(row)!.slice(0, depth)
    if (new Set(kept).size < kept.length) throw new AppError('bad-input', `${file}: a document is ranked twice for the query of row ${row}; search again`)
    builder.add(row, Int32Array.from(kept), Float32Array.from(kept, (_, i) => -(i + 1)))
  }
  return builder.build()
}
