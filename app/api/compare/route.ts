// GET compares runs with the first of them, on every measure at each run's last evaluated checkpoint.
import { z } from 'zod'
import type { Comparison } from '@/contract/compare'
import { AppError } from '@/contract/errors'
import { MEASURES, type MeasureName } from '@/contract/measure'
import { compareToBaseline, type ComparedRun } from '@/server/eval/significance'
import { database } from '@/server/db/client'
import { findEvaluation, readPerQueryValues, type PerQueryValues } from '@/server/db/evaluations'
import { findRun } from '@/server/db/runs'
import { parseQuery, route } from '@/app/api/answer'

export const dynamic = 'force-dynamic'

const MAX_RUNS = 20
const Query = z.object({
  runs: z
    .string({ error: 'Give the ids of the runs, separated by commas' })
    .transform((text) => [...new Set(text.split(',').filter(Boolean))])
    .pipe(z.array(z.string()).min(2, 'Give at least two runs').max(MAX_RUNS, `At most ${MAX_RUNS} runs`)),
})

/** An answer holds for the evaluations it was made from; a few thousand permutations each are not repeated. */
const MAX_CACHED = 100
const cache = new Map<string, Comparison>()

export const GET = route(async (request) => {
  const { runs } = parseQuery(request, Query)
  const db = database()
  const found = await Promise.all(runs.map((id) => findRun(db, id)))
  const other = found.find((run) => run.datasetId !== found[0].datasetId)
  if (other) throw new AppError('bad-input', `Runs ${found[0].name} and ${other.name} are on different data sets; compare runs on the same one`, { fields: { runs: 'On different data sets' } })
  const evaluations = await Promise.all(runs.map((id) => findEvaluation(db, id)))
  const key = evaluations.map((evaluation) => evaluation.id).join()
  let answer = cache.get(key)
  if (!answer) {
    const [baseline, ...others] = (await Promise.all(evaluations.map((e) => readPerQueryValues(db, e.runId, e.checkpointStep)))).map(comparedRun)
    answer = compareToBaseline(baseline, others, { seed: 1 })
    cache.set(key, answer)
    if (cache.size > MAX_CACHED) cache.delete(cache.keys().next().value!)
  }
  return answer
})

/** Measures that were not computed for every query are left out: a missing value is no zero. */
function comparedRun({ runId, rows, values }: PerQueryValues): ComparedRun {
  const complete = MEASURES.filter((measure) => values[measure].every((value) => value !== null))
  return { name: runId, queryRows: Int32Array.from(rows), values: Object.fromEntries(complete.map((m): [MeasureName, Float64Array] => [m, Float64Array.from(values[m] as number[])])) }
}
