// GET gives statistics of a data set's texts and judgements; imported files do not change, so they are counted once.
import type { DatasetStatistics } from '@/contract/dataset-browser'
import { datasetStatistics } from '@/server/dataset/statistics'
import { database } from '@/server/db/client'
import { importedKey } from '@/server/db/datasets'
import { route } from '@/app/api/answer'
import { datasetFiles } from '@/app/api/open-dataset'

export const dynamic = 'force-dynamic'

const MAX_CACHED = 20
const cache = new Map<string, DatasetStatistics>()

export const GET = route<{ id: string }>(async (_, { id }) => {
  const key = await importedKey(database(), id)
  const found = cache.get(key) ?? datasetStatistics(await datasetFiles(id))
  cache.set(key, found)
  if (cache.size > MAX_CACHED) cache.delete(cache.keys().next().value!)
  return found
})
