// GET compares runs with the first of them at each run's last evaluated checkpoint, on the charted measures or those asked for.
import { z } from 'zod'
import type { RunComparison } from '@/contract/compare'
import { measureId, MEASURES, MeasureValues, parseMeasures } from '@/contract/measure'
import { canonicalJson } from '@/contract/step'
import { compareSeeds, type SeededRun } from '@/server/eval/seeds'
import { compareToBaseline } from '@/server/eval/significance'
import { database, type Database } from '@/server/db/client'
import { readAllValues } from '@/server/db/evaluations'
import { parseQuery, route } from '@/app/api/answer'
import { comparedRuns, runIds } from '@/app/api/compare/compared-runs'

export const dynamic = 'force-dynamic'

const Query = z.object({
  runs: runIds(2),
  measures: z.string().default(MEASURES.join()).transform((text) => parseMeasures(text).map(measureId)),
})

/** An answer holds for the evaluations it was made from; a few thousand permutations each are not repeated. */
const MAX_CACHED = 100
const cache = new Map<string, RunComparison>()

export const GET = route(async (request) => {
  const { runs, measures } = parseQuery(request, Query)
  const db = database()
  const { runs: found, evaluations, fetchFiles } = await comparedRuns(runs)
  const key = [...evaluations.map((evaluation) => evaluation.id), ...measures].join()
  let answer = cache.get(key)
  if (!answer) {
    await fetchFiles()
    const [baseline, ...others] = evaluations.map((evaluation) => ({ name: evaluation.runId, ...readAllValues(evaluation) }))
    const seeded = await Promise.all(found.map(async (run, i): Promise<SeededRun> => ({ id: run.id, name: run.name, configuration: await configurationOf(db, run), measures: MeasureValues.parse(evaluations[i].measures) })))
    answer = { ...compareToBaseline(baseline, others, { seed: 1, measures }), seeds: compareSeeds(seeded, measures) }
    cache.set(key, answer)
    if (cache.size > MAX_CACHED) cache.delete(cache.keys().next().value!)
  }
  return answer
})

/** The configuration without its seed, and that of the runs it goes back to: equal for runs that differ in seeds only. What is started from a model keeps its name. */
async function configurationOf(db: Database, run: { config: unknown; startRunId: string | null }): Promise<string> {
  const { seed: _, start: from, ...config } = run.config as Record<string, unknown>
  if (run.startRunId === null) return canonicalJson({ ...config, start: from })
  const start = await db.run.findUnique({ where: { id: run.startRunId } })
  return canonicalJson({ ...config, start: start ? await configurationOf(db, start) : null })
}
