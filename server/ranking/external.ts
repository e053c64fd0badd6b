// Brings a run file of another system into rows of a data set, so that it is judged and shown like our own. Called by the upload route.
import { AppError } from '@/contract/errors'
import type { Ids } from '@/server/dataset/ids'
import { RankingBuilder, type Ranking } from './ranking'
import { HOLE } from './run-entries'
import { newFileIds, readRunFile } from './run-file'
import { nextBelow } from './trec'

/** Documents per query that are kept: the depth of a run's ranking at most. */
const MAX_DEPTH = 1000

export interface ExternalRanking {
  /** The TREC tag, or the file's name. */
  name: string
  ranking: Ranking
  depth: number
  /** What was noticed, for the person who uploaded it. */
  notes: string[]
}

/** Throws AppError bad-input for what a run file may not be, and for queries or documents that the data set does not have. */
export async function readExternalRanking(file: string, { queryIds, docIds }: { queryIds: Ids; docIds: Ids }, datasetName: string): Promise<ExternalRanking> {
  const ids = newFileIds()
  const { name, ranking, warnings } = await readRunFile(file, { ids })
  const notes = [...warnings]
  if (ranking.docRows.includes(HOLE)) throw new AppError('bad-input', `${warnings[0]}. Upload a file that names a document for every rank`)
  const known = Array.from(ranking.queryRows, (row, place) => ({ place, id: ids.queryIds.idOf(row), queryRow: queryIds.rowOf(ids.queryIds.idOf(row)) }))
  const unknown = known.filter(({ queryRow }) => queryRow === undefined)
  if (unknown.length === known.length) throw new AppError('bad-input', `None of the ${known.length} queries of the file is in data set ${datasetName} (its first is "${known[0].id}"); upload it to the data set that it was made on`)
  if (unknown.length > 0) notes.push(`${unknown.length} of ${known.length} queries are not in the data set and were left out, the first "${unknown[0].id}"`)
  const builder = new RankingBuilder()
  let depth = 0
  let cut = 0
  for (const { place, id, queryRow } of known.filter((each) => each.queryRow !== undefined).toSorted((a, b) => a.queryRow! - b.queryRow!)) {
    const from = ranking.offsets[place]
    const to = Math.min(ranking.offsets[place + 1], from + MAX_DEPTH)
    if (to < ranking.offsets[place + 1]) cut++
    const docRows = Int32Array.from(ranking.docRows.subarray(from, to), (code) => {
      const row = docIds.rowOf(ids.docIds.idOf(code))
      if (row === undefined) throw new AppError('bad-input', `Document "${ids.docIds.idOf(code)}" of query "${id}" is not in data set ${datasetName}; upload a run over the same collection`)
      return row
    })
    builder.add(queryRow!, docRows, distinctScores(ranking.scores.subarray(from, to)))
    depth = Math.max(depth, docRows.length)
  }
  if (cut > 0) notes.push(`${cut} rankings are longer than ${MAX_DEPTH} documents and were cut there`)
  return { name, ranking: builder.build(), depth, notes }
}

/** Our order breaks ties by row, the file's by id: scores that tie are lowered so that the file's order stays. */
function distinctScores(scores: Float32Array): Float32Array {
  let above = Infinity
  return scores.map((score) => (above = Math.min(score, nextBelow(above))))
}
