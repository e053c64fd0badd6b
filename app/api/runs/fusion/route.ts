// POST fuses the rankings of runs into a new run: each run's last evaluated checkpoint, or the one given.
import { AppError } from '@/contract/errors'
import { NewFusion, NewRun, type Launched, type RankingSource } from '@/contract/run'
import { database } from '@/server/db/client'
import { findEvaluation } from '@/server/db/evaluations'
import { launchRuns } from '@/server/db/launch'
import { findRun, readRuns } from '@/server/db/runs'
import { actorOf } from '@/app/api/actor'
import { parse, parseBody, route } from '@/app/api/answer'

export const dynamic = 'force-dynamic'

export const POST = route(async (request) => {
  const { name, runs, ...how } = await parseBody(request, NewFusion)
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
  const { pipelineId, runIds } = await launchRuns(db, [run], { by: actorOf(request) })
  return Response.json({ pipelineId, runs: await readRuns(db, runIds) } satisfies Launched, { status: 201 })
})
