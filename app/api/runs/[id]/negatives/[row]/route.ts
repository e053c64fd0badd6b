// GET shows what a query was trained against: its relevant documents, and the hard negatives that were mined for it.
import path from 'node:path'
import { z } from 'zod'
import type { TrainedAgainst } from '@/contract/query'
import { METHOD_TITLES, RunConfig } from '@/contract/run'
import { database } from '@/server/db/client'
import { readJudgements } from '@/server/db/judgements'
import { localArtifact } from '@/server/db/local-artifact'
import { findRun } from '@/server/db/runs'
import { openRanking } from '@/server/ranking/ranking'
import { parse, route, wholeNumber } from '@/app/api/answer'
import { datasetFiles } from '@/app/api/open-dataset'

export const dynamic = 'force-dynamic'

const Params = z.object({ row: wholeNumber(0, 999_999_999) })
const SHOWN = 20

export const GET = route<{ id: string; row: string }>(async (_, { id, row: rowText }) => {
  const { row } = parse({ row: rowText }, Params)
  const db = database()
  const run = await findRun(db, id)
  const nothing = (reason: string): TrainedAgainst => ({ reason, positives: [], negatives: [] })
  const { docs, docIds, qrels, queryRows } = await datasetFiles(run.datasetId)
  const config = RunConfig.parse(run.config)
  if (!('train' in config)) return nothing(`${METHOD_TITLES[config.method]} is not trained.`)
  if (!queryRows('train').includes(row)) return nothing('It is no training query: nothing was learned from it.')
  const mine = await db.step.findFirst({ where: { runId: id, kind: 'mine', state: 'succeeded' } })
  if (!mine) return nothing(config.method === 'adore' ? 'ADORE retrieves its negatives anew in every step; none are kept.' : 'Its negatives were drawn afresh for every batch; none are kept.')
  const file = openRanking(path.join(await localArtifact((mine.inputs as Record<string, string>).ranking), 'ranking.bin'))
  try {
    const ranked = file.get(row) ?? { docRows: new Int32Array(), scores: new Float32Array() }
    const relevant = new Set(qrels.relevant(row).map(({ docRow }) => docRow))
    const own = new Map((await readJudgements(db, run.datasetId, row)).map(({ docRow, grade }) => [docRow, grade]))
    const doc = (docRow: number) => ({ row: docRow, id: docIds.idOf(docRow), text: docs.get(docRow) })
    const place = (docRow: number) => ranked.docRows.indexOf(docRow)
    const negatives = Array.from(ranked.docRows.keys()).filter((i) => !relevant.has(ranked.docRows[i])).slice(0, SHOWN)
    return {
      reason: null,
      positives: [...relevant].map((docRow) => ({ ...doc(docRow), rank: place(docRow) < 0 ? null : place(docRow) + 1, score: place(docRow) < 0 ? null : ranked.scores[place(docRow)] })),
      negatives: negatives.map((i) => ({ ...doc(ranked.docRows[i]), rank: i + 1, score: ranked.scores[i], ownGrade: own.get(ranked.docRows[i]) ?? null })),
    } satisfies TrainedAgainst
  } finally {
    file.close()
  }
})
