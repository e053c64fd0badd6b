// GET shows mined hard negatives that may well be relevant: they score above the relevant document, near it, or repeat its words.
import path from 'node:path'
import { AppError } from '@/contract/errors'
import type { MinedNegatives } from '@/contract/query'
import { database } from '@/server/db/client'
import { localArtifact } from '@/server/db/local-artifact'
import { findRun } from '@/server/db/runs'
import { findSuspects } from '@/server/eval/suspects'
import { readRanking } from '@/server/ranking/ranking'
import { route } from '@/app/api/answer'
import { datasetFiles } from '@/app/api/open-dataset'

export const dynamic = 'force-dynamic'

/** Looking through more takes longer than a page should. */
const MAX_QUERIES = 2000
const SHOWN = 100
const MAX_CACHED = 20
const cache = new Map<string, MinedNegatives>()

export const GET = route<{ id: string }>(async (_, { id }) => {
  const db = database()
  const run = await findRun(db, id)
  const mine = await db.step.findFirst({ where: { runId: id, kind: 'mine' } })
  if (!mine) throw new AppError('not-found', `Run ${run.name} mines no negatives; STAR and BM25-negatives runs do`)
  if (mine.state !== 'succeeded') throw new AppError('conflict', `Run ${run.name} has not mined its negatives yet; wait for the step “${mine.label}”`)
  let answer = cache.get(mine.key)
  if (!answer) {
    const dataset = await datasetFiles(run.datasetId)
    const ranking = readRanking(path.join(await localArtifact((mine.inputs as Record<string, string>).ranking), 'ranking.bin'))
    const { suspects, ...counts } = findSuspects(ranking, dataset, { maxQueries: MAX_QUERIES, keep: SHOWN })
    const doc = (row: number) => ({ row, id: dataset.docIds.idOf(row), text: dataset.docs.get(row) })
    const query = (row: number) => ({ row, id: dataset.queryIds.idOf(row), text: dataset.queries.get(row) })
    answer = {
      ...counts,
      allQueries: ranking.queryRows.length,
      suspects: suspects.map((each) => ({ query: query(each.queryRow), doc: doc(each.docRow), rank: each.rank, score: each.score, positive: doc(each.positiveRow), positiveScore: each.positiveScore, overlap: each.overlap })),
    }
    cache.set(mine.key, answer)
    if (cache.size > MAX_CACHED) cache.delete(cache.keys().next().value!)
  }
  return answer
})
