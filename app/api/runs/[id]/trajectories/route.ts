// GET tells where the first relevant document of every judged query stands at each checkpoint; ?row= also of one query.
import path from 'node:path'
import { z } from 'zod'
import { AppError } from '@/contract/errors'
import { RANK_BUCKETS, type Trajectories } from '@/contract/query'
import { database } from '@/server/db/client'
import { artifactsDir } from '@/server/db/location'
import { findRun } from '@/server/db/runs'
import { firstRelevantRanks } from '@/server/eval/trajectory'
import { artifactDir } from '@/server/files/artifact'
import { readRanking } from '@/server/ranking/ranking'
import { parseQuery, route, wholeNumber } from '@/app/api/answer'
import { datasetFiles } from '@/app/api/open-dataset'

export const dynamic = 'force-dynamic'

const Query = z.object({ row: wholeNumber(0, 999_999_999).optional() })

/** Ranks of a ranking artifact do not change; a few hundred checkpoints of a large query set are a few megabytes. */
const MAX_CACHED = 300
const cache = new Map<string, { ranks: Int32Array; depth: number }>()

export const GET = route<{ id: string }>(async (request, { id }) => {
  const { row } = parseQuery(request, Query)
  const db = database()
  const run = await findRun(db, id)
  const evaluations = await db.evaluation.findMany({ where: { runId: id, split: 'dev' }, orderBy: { checkpointStep: 'asc' }, select: { checkpointStep: true, rankingKey: true } })
  const dataset = await datasetFiles(run.datasetId)
  const queryRows = dataset.queryRows('dev')
  const place = row === undefined ? -1 : queryRows.indexOf(row)
  if (row !== undefined && place < 0) throw new AppError('not-found', `Query ${row} is not one of the ${queryRows.length} judged dev queries`)
  const found = evaluations.map(({ rankingKey }) => {
    const known = cache.get(rankingKey)
    if (known) return known
    const ranking = readRanking(path.join(artifactDir(artifactsDir(), rankingKey), 'ranking.bin'))
    const depth = ranking.offsets.reduce((deepest, end, i) => Math.max(deepest, i === 0 ? 0 : end - ranking.offsets[i - 1]), 0)
    const entry = { ranks: firstRelevantRanks(ranking, dataset.qrels, queryRows), depth }
    cache.set(rankingKey, entry)
    if (cache.size > MAX_CACHED) cache.delete(cache.keys().next().value!)
    return entry
  })
  const orLast = (rank: number) => (rank === 0 ? Infinity : rank)
  const [first, last] = [found[0]?.ranks ?? new Int32Array(), found.at(-1)?.ranks ?? new Int32Array()]
  const moved = Array.from(first, (rank, i) => Math.sign(orLast(last[i]) === orLast(rank) ? 0 : orLast(last[i]) - orLast(rank)))
  return {
    depth: Math.max(0, ...found.map((each) => each.depth)),
    n: queryRows.length,
    checkpoints: evaluations.map(({ checkpointStep }, i) => ({ step: checkpointStep, counts: countBuckets(found[i].ranks) })),
    better: moved.filter((sign) => sign < 0).length,
    same: moved.filter((sign) => sign === 0).length,
    worse: moved.filter((sign) => sign > 0).length,
    ranks: place < 0 ? null : found.map(({ ranks }) => ranks[place] || null),
  } satisfies Trajectories
})

function countBuckets(ranks: Int32Array): number[] {
  const counts = [...RANK_BUCKETS, 0].map(() => 0)
  for (const rank of ranks) {
    const bucket = RANK_BUCKETS.findIndex((end) => rank > 0 && rank <= end)
    counts[bucket < 0 ? RANK_BUCKETS.length : bucket]++
  }
  return counts
}
