// GET gives all judged queries of a checkpoint with every measure, column by column, and those of a second run beside them: the browser sorts and searches.
import { z } from 'zod'
import type { QueryTable } from '@/contract/query'
import { database } from '@/server/db/client'
import { findEvaluation, readAllValues } from '@/server/db/evaluations'
import { localArtifact } from '@/server/db/local-artifact'
import { findRun } from '@/server/db/runs'
import { parseQuery, route, wholeNumber } from '@/app/api/answer'
import { datasetFiles } from '@/app/api/open-dataset'
import { Split } from '@/contract/dataset'
import { AppError } from '@/contract/errors'

export const dynamic = 'force-dynamic'

const Query = z.object({ checkpoint: wholeNumber(0, 999_999_999).optional(), against: z.string().max(40).optional(), againstCheckpoint: wholeNumber(0, 999_999_999).optional() })

export const GET = route<{ id: string }>(async (request, { id }) => {
  const { checkpoint, against, againstCheckpoint } = parseQuery(request, Query)
  const run = await findRun(database(), id)
  const first = await readColumns(id, checkpoint)
  const dataset = await datasetFiles(run.datasetId)
  const rows = Array.from(first.queryRows)
  const answer: QueryTable = {
    checkpointStep: first.checkpointStep,
    split: first.split,
    rows,
    ids: rows.map((row) => dataset.queryIds.idOf(row)),
    texts: rows.map((row) => dataset.queries.get(row)),
    values: first.values,
    against: null,
  }
  if (against === undefined) return answer
  const other = await findRun(database(), against)
  if (other.datasetId !== run.datasetId) throw new AppError('bad-input', `Run ${other.name} is on another data set than ${run.name}; choose one on the same`)
  const second = await readColumns(against, againstCheckpoint)
  const places = new Map(Array.from(second.queryRows, (row, i) => [row, i]))
  const values = Object.fromEntries(Object.entries(second.values).map(([measure, column]) => [measure, rows.map((row) => column[places.get(row) ?? -1] ?? null)]))
  return { ...answer, against: { runId: other.id, runName: other.name, colorIndex: other.colorIndex, checkpointStep: second.checkpointStep, values } } satisfies QueryTable
})

async function readColumns(runId: string, checkpoint: number | undefined) {
  const { artifactKey, checkpointStep, split } = await findEvaluation(database(), runId, checkpoint)
  await localArtifact(artifactKey)
  const { queryRows, values } = readAllValues({ artifactKey })
  return { queryRows, checkpointStep, split: Split.parse(split), values: Object.fromEntries(Object.entries(values).map(([id, column]) => [id, Array.from(column, (value) => (Number.isNaN(value) ? null : value))])) }
}
