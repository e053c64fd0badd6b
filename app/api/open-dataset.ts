// Imported data sets held open for the routes that show texts and ids. Called by app/api.
import { AppError } from '@/contract/errors'
import { openDataset, type Dataset } from '@/server/dataset/dataset'
import { database } from '@/server/db/client'
import { importedKey } from '@/server/db/datasets'
import { localArtifact } from '@/server/db/local-artifact'

const MAX_OPEN = 4
const holder = globalThis as typeof globalThis & { drhardDatasets?: Map<string, Dataset> }

/** The files of an imported data set. They stay open until others were used since; equal keys have equal files. */
export async function datasetFiles(datasetId: string): Promise<Dataset> {
  const key = await importedKey(database(), datasetId)
  const open = (holder.drhardDatasets ??= new Map())
  let dataset = open.get(key)
  open.delete(key)
  try {
    if (!dataset) {
      dataset = openDataset(await localArtifact(key))
      // A file that cannot be read is told by whoever reads a row of it.
      dataset.readAhead().catch(() => undefined)
    }
  } catch (cause) {
    if (cause instanceof AppError) throw cause
    throw new AppError('broken', `The files of data set ${datasetId} cannot be read: ${(cause as Error).message}`, { cause })
  }
  open.set(key, dataset)
  for (const [old, files] of open) {
    if (open.size <= MAX_OPEN) break
    open.delete(old)
    files.close()
  }
  return dataset
}
