// GET shows what a query was trained against: its relevant documents, and the hard negatives that were mined or taken over for it.
import { z } from 'zod'
import type { TrainedAgainst } from '@/contract/query'
import { METHOD_TITLES, RunConfig } from '@/contract/run'
import { database } from '@/server/db/client'
import { readJudgements } from '@/server/db/judgements'
import { findRun } from '@/server/db/runs'
import { parse, route, wholeNumber } from '@/app/api/answer'
import { negativesStep, openMined } from '@/app/api/mined-negatives'
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
  const step = await negativesStep(id)
  if (!step) return nothing(config.method === 'adore' ? 'ADORE retrieves its negatives anew in every step; none are kept.' : 'Its negatives were drawn afresh for every batch; none are kept.')
  if (step.state !== 'succeeded') return nothing(`Its hard negatives are not there yet: the step “${step.label}” has not ended.`)
  const file = await openMined(step, queryRows('train'))
  try {
    const { docRows, scores } = file.get(row) ?? { docRows: new Int32Array(), scores: null }
    const relevant = new Set(qrels.relevant(row).map(({ docRow }) => docRow))
    const own = new Map((await readJudgements(db, run.datasetId, row)).map(({ docRow, grade }) => [docRow, grade]))
    const doc = (docRow: number) => ({ row: docRow, id: docIds.idOf(docRow), text: docs.get(docRow) })
    const scored = (place: number) => ({ rank: place + 1, score: scores ? scores[place] : null })
    const negatives = Array.from(docRows.keys()).filter((i) => !relevant.has(docRows[i])).slice(0, SHOWN)
    return {
      reason: null,
      positives: Array.from(relevant, (docRow) => ({ ...doc(docRow), ...(docRows.includes(docRow) ? scored(docRows.indexOf(docRow)) : { rank: null, score: null }) })),
      negatives: negatives.map((i) => ({ ...doc(docRows[i]), ...scored(i), ownGrade: own.get(docRows[i]) ?? null })),
    } satisfies TrainedAgainst
  } finally {
    file.close()
  }
})
