// `drhard data import`: creates a data set in a running server and waits for its import. Called by jobs/cli.ts.
import path from 'node:path'
import { AppError } from '@/contract/errors'
import { type DatasetSource, NewDataset } from '@/contract/dataset'
import { fingerprintSource } from '@/server/dataset/fingerprint'
import { createDataset, readDataset } from '@/server/db/datasets'
import { waitForImport } from './wait-for-import'
import { withDatabase } from './with-database'

export interface ImportDataOptions {
  name: string
  /** Folder on the server's machine; not used for WordNet. */
  folder: string
  format: DatasetSource['kind']
  maxBadLines: number
  /** Addresses of the files, in place of a folder. */
  urls: string[]
}

export async function importData({ name, folder, format, maxBadLines, urls }: ImportDataOptions): Promise<void> {
  const most = maxBadLines > 0 ? { maxBadLines } : {}
  const source = urls.length > 0 ? { kind: 'url', format, urls, ...most } : format === 'wordnet' ? { kind: format } : { kind: format, folder: path.resolve(folder), ...most }
  const parsed = NewDataset.safeParse({ name, source })
  if (!parsed.success) throw new AppError('bad-input', `${name}: ${parsed.error.issues[0].message}`)
  await withDatabase(async (db) => {
    const id = await createDataset(db, parsed.data, fingerprintSource(parsed.data.source))
    const { counts, warnings } = await waitForImport(() => readDataset(db, id))
    for (const warning of warnings) console.error(`${name}: ${warning}`)
    const { docs, queries } = counts!
    console.log(`${name}: ${docs} documents; ${queries.train} train, ${queries.dev} dev and ${queries.test} test queries${queries.lead > 0 ? `, ${queries.lead} leaderboard queries` : ''}`)
  })
}
