// GET tells how far a checkpoint's measures can be trusted: official, with the judgements made here, and what holes could make of them.
import path from 'node:path'
import { z } from 'zod'
import { MEASURES } from '@/contract/measure'
import type { BoundedMeasure, OwnJudgement, RunBounds } from '@/contract/judgement'
import { database } from '@/server/db/client'
import { readPerQueryValues } from '@/server/db/evaluations'
import { readJudgements } from '@/server/db/judgements'
import { localArtifact } from '@/server/db/local-artifact'
import { findRun } from '@/server/db/runs'
import { countHoles } from '@/server/eval/bounds'
import { placeOf, readRanking } from '@/server/ranking/ranking'
import { parseQuery, route, wholeNumber } from '@/app/api/answer'
import { boundedMeasures, layersOf, maxGradeOf } from '@/app/api/judged'
import { datasetFiles } from '@/app/api/open-dataset'

export const dynamic = 'force-dynamic'

const Query = z.object({ checkpoint: wholeNumber(0, 999_999_999).optional() })
const LOOKED_AT = 10

export const GET = route<{ id: string }>(async (request, { id }) => {
  const { checkpoint } = parseQuery(request, Query)
  const run = await findRun(database(), id)
  const { rows, checkpointStep, rankingKey } = await readPerQueryValues(database(), id, checkpoint)
  const { qrels } = await datasetFiles(run.datasetId)
  const ranking = readRanking(path.join(await localArtifact(rankingKey), 'ranking.bin'))
  const own = new Map<number, OwnJudgement[]>()
  for (const judgement of await readJudgements(database(), run.datasetId)) own.set(judgement.queryRow, [...(own.get(judgement.queryRow) ?? []), judgement])
  const maxGrade = maxGradeOf(qrels)
  let [ownJudgements, judged, ranked] = [0, 0, 0]
  const queries = rows.map((row) => {
    const place = placeOf(ranking.queryRows, row)
    const docRows = place < 0 ? [] : ranking.docRows.subarray(ranking.offsets[place], ranking.offsets[place + 1])
    const layers = layersOf(qrels, row, own.get(row) ?? [])
    ownJudgements += layers.own
    ranked += Math.min(LOOKED_AT, docRows.length)
    judged += Math.min(LOOKED_AT, docRows.length) - countHoles(docRows, layers.both, LOOKED_AT)
    return boundedMeasures(docRows, layers, maxGrade)
  })
  const mean = (measure: string, value: (each: BoundedMeasure) => number) => queries.reduce((sum, query) => sum + value(query[measure]), 0) / queries.length
  return {
    checkpointStep,
    n: rows.length,
    ownJudgements,
    judgedShare: ranked === 0 ? 0 : judged / ranked,
    measures: Object.fromEntries(MEASURES.map((id) => [id, { official: mean(id, (each) => each.official), own: ownJudgements === 0 ? null : mean(id, (each) => each.own ?? each.official), least: mean(id, (each) => each.least), most: mean(id, (each) => each.most) }])),
  } satisfies RunBounds
})
