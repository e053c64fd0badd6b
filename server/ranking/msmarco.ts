// Rankings in MS MARCO's format with official ids: query, document and rank, tab-separated. Export for downloads and submissions;
// parser for `drhard eval` and tests.
import { badLine, tabFields, type Line } from '@/server/dataset/tsv-lines'
import type { Ranking } from './ranking'
import type { IdRanking, IdSource } from './trec'

/** The official script refuses ranks beyond this. */
const MAX_RANK = 1000

export function* msmarcoLines(ranking: Ranking, queryIds: IdSource, docIds: IdSource): Generator<string> {
  for (let q = 0; q < ranking.queryRows.length; q++) {
    const queryId = queryIds.idOf(ranking.queryRows[q])
    const end = Math.min(ranking.offsets[q + 1], ranking.offsets[q] + MAX_RANK)
    for (let i = ranking.offsets[q]; i < end; i++) yield `${queryId}\t${docIds.idOf(ranking.docRows[i])}\t${i - ranking.offsets[q] + 1}`
  }
}

/**
 * Lines in any order; the rank decides. Stricter than the official script, which puts rank 0 last, lets a second document of the
 * same rank replace the first, and only warns of a document ranked twice: here these are errors.
 */
export function parseMsmarcoRun(lines: Iterable<Line>, file: string): IdRanking {
  const ranking: IdRanking = new Map()
  const linesOf = new Map<string, Map<string, number>>()
  for (const line of lines) {
    const [queryId, docId, rankText] = tabFields(file, line, ['query', 'document', 'rank'])
    const rank = /^\d{1,9}$/.test(rankText) ? Number(rankText) : 0
    if (rank < 1 || rank > MAX_RANK) throw badLine(file, line.number, `the rank "${rankText}" is not a whole number from 1 to ${MAX_RANK}`, 'correct it')
    const docs = ranking.get(queryId) ?? []
    const lineOfDoc = linesOf.get(queryId) ?? new Map<string, number>()
    ranking.set(queryId, docs)
    linesOf.set(queryId, lineOfDoc)
    while (docs.length < rank) docs.push(null)
    if (docs[rank - 1] !== null) throw badLine(file, line.number, `query "${queryId}" has rank ${rank} twice`, 'give every document its own rank')
    const earlier = lineOfDoc.get(docId)
    if (earlier) throw badLine(file, line.number, `document "${docId}" is already ranked for query "${queryId}" on line ${earlier}`, 'remove one of them')
    lineOfDoc.set(docId, line.number)
    docs[rank - 1] = docId
  }
  return ranking
}
