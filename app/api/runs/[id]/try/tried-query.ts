// A tried query with the texts and ids of its documents. Called by the two routes beside it.
import type { TriedQuery } from '@/contract/query'
import { database } from '@/server/db/client'
import { findRun } from '@/server/db/runs'
import { readTry } from '@/server/db/try-query'
import { datasetFiles } from '@/app/api/open-dataset'

export async function triedQuery(runId: string, stepId: string): Promise<TriedQuery> {
  const { datasetId } = await findRun(database(), runId)
  const { result, ...tried } = await readTry(database(), stepId)
  if (!result) return { ...tried, docs: null }
  const { docs, docIds } = await datasetFiles(datasetId)
  return { ...tried, docs: result.docRows.map((row, i) => ({ rank: i + 1, row, id: docIds.idOf(row), text: docs.get(row), score: result.scores[i] })) }
}
