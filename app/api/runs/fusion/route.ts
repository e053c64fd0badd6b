// POST fuses the rankings of runs into a new run: each run's last evaluated checkpoint, or the one given.
import { z } from 'zod'
import { AppError } from '@/contract/errors'
import { FusionMethod, NewRun, Normalisation, type Launched, type RankingSource } from '@/contract/run'
import { database } from '@/server/db/client'
import { findEvaluation } from '@/server/db/evaluations'
import { launchRuns } from '@/server/db/launch'
import { findRun, readRuns } from '@/server/db/runs'
import { parse, parseBody, route } from '@/app/api/answer'

export const dynamic = 'force-dynamic'

const Body = z.object({
  name: z.string(),
  runs: z.array(z.object({ id: z.string(), checkpointStep: z.number().int().optional() })).min(2, 'Choose at least two runs').max(20, 'At most 20 runs'),
  fusion: FusionMethod,
  normalisation: Normalisation.default('min-max'),
  k: z.number().int().default(60),
  depth: z.number().int().default(1000),
})

export const POST = route(async (request) => {
  const { name, runs, ...how } = await parseBody(request, Body)
  const db = database()
  const found = await Promise.all(runs.map(({ id }) => findRun(db, id)))
  const other = found.find((run) => run.datasetId !== found[0].datasetId)
  if (other) throw new AppError('bad-input', `Runs ${found[0].name} and ${other.name} are on different data sets; fuse runs on the same one`, { fields: { runs: 'On different data sets' } })
  const sources = await Promise.all(
    found.map(async (run, i): Promise<RankingSource> => {
      const { checkpointStep, rankingKey } = await findEvaluation(db, run.id, runs[i].checkpointStep)
      return { runId: run.id, runName: run.name, checkpointStep, rankingKey }
    }),
  )
  const run = parse({ name, config: { method: 'fusion', datasetId: found[0].datasetId, seed: 0, sources, ...how } }, NewRun)
  const { pipelineId, runIds } = await launchRuns(db, [run])
  return Response.json({ pipelineId, runs: await readRuns(db, runIds) } satisfies Launched, { status: 201 })
})
