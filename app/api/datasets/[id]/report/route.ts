// GET shows what the import of a data set found: lines left out, ids that do not fit, and how it compares with a known collection.
import fs from 'node:fs/promises'
import path from 'node:path'
import { ImportReport } from '@/contract/dataset'
import { AppError } from '@/contract/errors'
import { database } from '@/server/db/client'
import { importedKey } from '@/server/db/datasets'
import { artifactsDir } from '@/server/db/location'
import { artifactDir } from '@/server/files/artifact'
import { route } from '@/app/api/answer'

export const dynamic = 'force-dynamic'

export const GET = route<{ id: string }>(async (_, { id }) => {
  const file = path.join(artifactDir(artifactsDir(), await importedKey(database(), id)), 'report.json')
  try {
    return ImportReport.parse(JSON.parse(await fs.readFile(file, 'utf8')))
  } catch (cause) {
    throw new AppError('broken', `${file} cannot be read; import the data set again`, { cause })
  }
})
