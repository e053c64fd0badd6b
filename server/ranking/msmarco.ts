// Rankings in MS MARCO's format with official ids: query, document and rank, tab-separated. Called by export.ts for downloads and
// submissions; run-file.ts reads them.
import type { Ranking } from './ranking'
import type { IdSource } from './trec'

/** The official script refuses ranks beyond this: what is further down is left out. */
export const MAX_RANK = 1000

export function* msmarcoLines(ranking: Ranking, queryIds: IdSource, docIds: IdSource): Generator<string> {
  for (let q = 0; q < ranking.queryRows.length; q++) {
    const queryId = queryIds.idOf(ranking.queryRows[q])
    const end = Math.min(ranking.offsets[q + 1], ranking.offsets[q] + MAX_RANK)
    for (let i = ranking.offsets[q]; i < end; i++) if (ranking.docRows[i] >= 0) yield `${queryId}\t${docIds.idOf(ranking.docRows[i])}\t${i - ranking.offsets[q] + 1}`
  }
}
