// GET compares runs with the first of them at each run's last evaluated checkpoint, on the charted measures or those asked for.
import { z } from 'zod'
import type { RunComparison } from '@/contract/compare'
import { AppError } from '@/contract/errors'
import { measureId, MEASURES, MeasureValues, parseMeasures } from '@/contract/measure'
import { canonicalJson } from '@/contract/pipeline'
import { compareSeeds, type SeededRun } from '@/server/eval/seeds'
import { compareToBaseline } from '@/server/eval/significance'
import { database, type Database } from '@/server/db/client'
import { findEvaluation, readAllValues } from '@/server/db/evaluations'
import { findRun } from '@/server/db/runs'
import { parseQuery, route } from '@/app/api/answer'
import { localArtifact } from '@/server/db/local-artifact'

export const dynamic = 'force-dynamic'

const MAX_RUNS = 20
const Query = z.object({
  runs: z
    .string({ error: 'Give the ids of the runs, separated by commas' })
    .transform((text) => [...new Set(text.split(',').filter(Boolean))])
    .pipe(z.array(z.string()).min(2, 'Give at least two runs').max(MAX_RUNS, `At most ${MAX_RUNS} runs`)),
  measures: z.string().default(MEASURES.join()).transform((text) => parseMeasures(text).map(measureId)),
})

/** An answer holds for the evaluations it was made from; a few thousand permutations each are not repeated. */
const MAX_CACHED = 100
const cache = new Map<string, RunComparison>()

export const GET = route(async (request) => {
  const { runs, measures } = parseQuery(request, Query)
  const db = database()
  const found = await Promise.all(runs.map((id) => findRun(db, id)))
  const other = found.find((run) => run.datasetId !== found[0].datasetId)
  if (other) throw new AppError('bad-input', `Runs ${found[0].name} and ${other.name} are on different data sets; compare runs on the same one`, { fields: { runs: 'On different data sets' } })
  const evaluations = await Promise.all(runs.map((id) => findEvaluation(db, id)))
  const key = [...evaluations.map((evaluation) => evaluation.id), ...measures].join()
  let answer = cache.get(key)
  if (!answer) {
    await Promise.all(evaluations.map((evaluation) => localArtifact(evaluation.artifactKey)))
    const [baseline, ...others] = evaluations.map((evaluation) => ({ name: evaluation.runId, ...readAllValues(evaluation) }))
    const seeded = await Promise.all(found.map(async (run, i): Promise<SeededRun> => ({ id: run.id, name: run.name, configuration: await configurationOf(db, run), measures: MeasureValues.parse(evaluations[i].measures) })))
    answer = { ...compareToBaseline(baseline, others, { seed: 1, measures }), seeds: compareSeeds(seeded, measures) }
    cache.set(key, answer)
    if (cache.size > MAX_CACHED) cache.delete(cache.keys().next().value!)
  }
  return answer
})

/** The configuration without its seed, and that of the runs it goes back to: equal for runs that differ in seeds only. */
async function configurationOf(db: Database, run: { config: unknown; startRunId: string | null }): Promise<string> {
  const { seed: _, start: __, ...config } = run.config as Record<string, unknown>
  const start = run.startRunId === null ? null : await db.run.findUnique({ where: { id: run.startRunId } })
  return canonicalJson({ ...config, start: start ? await configurationOf(db, start) : null })
}
