// Removes what killed processes have left in the data folder: half-written artifacts, folders of deleted and damaged ones, state of steps
// that no run needs. Called by jobs/server.ts when a worker starts, and by `drhard artifacts gc`.
import fs from 'node:fs'
import path from 'node:path'
import type { Database } from '@/server/db/client'
import { unfinishedKeys } from '@/server/db/steps'
import { isAlive } from './process-alive'

export async function cleanFolders(db: Database, dataDir: string): Promise<void> {
  const artifacts = path.join(dataDir, 'artifacts')
  const work = path.join(dataDir, 'work')
  for (const folder of [artifacts, work]) fs.mkdirSync(folder, { recursive: true })
  for (const name of fs.readdirSync(artifacts)) if (isLeftOver(name)) fs.rmSync(path.join(artifacts, name), { recursive: true, force: true })
  const keys = fs.readdirSync(work)
  const needed = await unfinishedKeys(db, keys)
  for (const key of keys) if (!needed.has(key)) fs.rmSync(path.join(work, key), { recursive: true, force: true })
}

/** The name of a folder that nobody will look for again. */
export function isLeftOver(name: string): boolean {
  const writer = /\.partial-(\d+)-/.exec(name)
  return name.includes('.deleted-') || name.includes('.damaged-') || (writer !== null && !isAlive(Number(writer[1])))
}
