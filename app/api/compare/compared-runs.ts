// The runs that a comparison is about, with the evaluation that speaks for each. Called by the routes of this folder, and by those that read
// several runs at once.
import { z } from 'zod'
import { AppError } from '@/contract/errors'
import { database } from '@/server/db/client'
import { findEvaluation } from '@/server/db/evaluations'
import { localArtifact } from '@/server/db/local-artifact'
import { findRun } from '@/server/db/runs'

const MAX_RUNS = 20

/** Ids of at least so many runs in a query parameter. */
export const runIds = (least: number) =>
  z
    .string({ error: 'Give the ids of the runs, separated by commas' })
    .transform((text) => [...new Set(text.split(',').filter(Boolean))])
    .pipe(z.array(z.string()).min(least, least === 1 ? 'Give at least one run' : 'Give at least two runs').max(MAX_RUNS, `At most ${MAX_RUNS} runs`))

/** Runs of one data set in the order given, each with its last evaluation, whose files are here. Throws bad-input, not-found. */
export async function comparedRuns(ids: string[]) {
  const db = database()
  const runs = await Promise.all(ids.map((id) => findRun(db, id)))
  const other = runs.find((run) => run.datasetId !== runs[0].datasetId)
  if (other) throw new AppError('bad-input', `Runs ${runs[0].name} and ${other.name} are on different data sets; compare runs on the same one`, { fields: { runs: 'On different data sets' } })
  const evaluations = await Promise.all(ids.map((id) => findEvaluation(db, id)))
  return { runs, evaluations, fetchFiles: () => Promise.all(evaluations.map((evaluation) => localArtifact(evaluation.artifactKey))) }
}
