// Where each query's first relevant document stands, checkpoint by checkpoint. Called by the trajectory route of app/api.
import type { Qrels } from '@/server/dataset/qrels'
import { placeOf, type Ranking } from '@/server/ranking/ranking'

/** Rank of the first relevant document of every query, 0 where the ranking holds none. */
export function firstRelevantRanks(ranking: Ranking, qrels: Qrels, queryRows: Int32Array): Int32Array {
  return queryRows.map((row) => {
    const place = placeOf(ranking.queryRows, row)
    if (place < 0) return 0
    const relevant = new Set(qrels.relevant(row).map(({ docRow }) => docRow))
    return ranking.docRows.subarray(ranking.offsets[place], ranking.offsets[place + 1]).findIndex((docRow) => relevant.has(docRow)) + 1
  })
}
