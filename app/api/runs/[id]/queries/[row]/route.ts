// GET shows one query's ranking in a run: documents with texts, grades and scores, and what was missed.
import path from 'node:path'
import { z } from 'zod'
import type { QueryRanking } from '@/contract/query'
import { database } from '@/server/db/client'
import { readQueryValues } from '@/server/db/evaluations'
import { readJudgements } from '@/server/db/judgements'
import { findRun } from '@/server/db/runs'
import { countHoles } from '@/server/eval/bounds'
import { openRanking } from '@/server/ranking/ranking'
import { parse, parseQuery, route, wholeNumber } from '@/app/api/answer'
import { boundedMeasures, layersOf, maxGradeOf } from '@/app/api/judged'
import { localArtifact } from '@/server/db/local-artifact'
import { datasetFiles } from '@/app/api/open-dataset'

export const dynamic = 'force-dynamic'

const Params = z.object({ row: wholeNumber(0, 999_999_999) })
const Query = z.object({ checkpoint: wholeNumber(0, 999_999_999).optional(), limit: wholeNumber(1, 1000).default(1000) })

export const GET = route<{ id: string; row: string }>(async (request, { id, row: rowText }) => {
  const { row } = parse({ row: rowText }, Params)
  const { checkpoint, limit } = parseQuery(request, Query)
  const run = await findRun(database(), id)
  const values = await readQueryValues(database(), id, row, checkpoint)
  const dataset = await datasetFiles(run.datasetId)
  const own = await readJudgements(database(), run.datasetId, row)
  const layers = layersOf(dataset.qrels, row, own)
  const grades = layers.official
  const ownGrades = new Map(own.map(({ docRow, grade }) => [docRow, grade]))
  const doc = (docRow: number) => ({ row: docRow, id: dataset.docIds.idOf(docRow), text: dataset.docs.get(docRow) })
  const ranked = readRanked(await localArtifact(values.rankingKey), row)
  const found = new Set(ranked.docRows)
  const relevant = Array.from(ranked.docRows.keys()).filter((i) => (grades.get(ranked.docRows[i]) ?? 0) > 0)
  return {
    runId: id,
    runName: run.name,
    checkpointStep: values.checkpointStep,
    row,
    id: dataset.queryIds.idOf(row),
    text: dataset.queries.get(row),
    measures: values.measures,
    docs: Array.from(ranked.docRows.subarray(0, limit), (docRow, i) => ({ rank: i + 1, ...doc(docRow), score: ranked.scores[i], grade: grades.get(docRow) ?? null, ownGrade: ownGrades.get(docRow) ?? null })),
    depth: ranked.docRows.length,
    bounds: boundedMeasures(ranked.docRows, layers, maxGradeOf(dataset.qrels)),
    holes: countHoles(ranked.docRows, layers.both, 10),
    found: { count: relevant.length, first: relevant.length > 0 ? relevant[0] + 1 : null },
    missed: [...grades].filter(([docRow, grade]) => grade > 0 && !found.has(docRow)).map(([docRow, grade]) => ({ ...doc(docRow), grade, ownGrade: ownGrades.get(docRow) ?? null })),
    previousRow: values.previousRow,
    nextRow: values.nextRow,
  } satisfies QueryRanking
})

function readRanked(folder: string, row: number) {
  const file = openRanking(path.join(folder, 'ranking.bin'))
  try {
    return file.get(row) ?? { docRows: new Int32Array(), scores: new Float32Array() }
  } finally {
    file.close()
  }
}
