// Removes what killed processes have left in the data folder: half-written artifacts, folders of deleted and damaged ones, state of steps
// that no run needs, uploads that were broken off, copies of artifacts that were removed elsewhere. Called by jobs/server.ts when a worker starts, and by `drhard artifacts gc`.
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import type { Database } from '@/server/db/client'
import { unfinishedKeys } from '@/server/db/steps'
import { isAlive } from '@/server/files/process-alive'

export async function cleanFolders(db: Database, { dataDir, artifactsDir: artifacts, isCache }: { dataDir: string; artifactsDir: string; isCache: boolean }): Promise<void> {
  const work = path.join(dataDir, 'work')
  for (const folder of [artifacts, work]) fs.mkdirSync(folder, { recursive: true })
  for (const name of fs.readdirSync(artifacts)) if (isLeftOver(path.join(artifacts, name))) fs.rmSync(path.join(artifacts, name), { recursive: true, force: true })
  if (isCache) for (const folder of await forgotten(db, artifacts)) fs.rmSync(folder, { recursive: true, force: true })
  const keys = fs.readdirSync(work)
  const needed = await unfinishedKeys(db, keys)
  for (const file of brokenOff(path.join(dataDir, 'imports', 'uploads'))) fs.rmSync(file, { force: true })
  for (const key of keys) if (!needed.has(key)) fs.rmSync(path.join(work, key), { recursive: true, force: true })
}

const DAY_MS = 86_400_000

/** True for a folder that nobody will look for again. Half-written ones of other machines that share it are theirs, for a day. */
function isLeftOver(folder: string): boolean {
  const name = path.basename(folder)
  if (name.includes('.deleted-') || name.includes('.damaged-')) return true
  const [, host, pid] = /\.partial-(.*)-(\d+)-[0-9a-f]+$/.exec(name) ?? []
  if (host === undefined) return false
  return host === os.hostname() ? !isAlive(Number(pid)) : Date.now() - fs.statSync(folder).mtimeMs > DAY_MS
}

/** Copies of artifacts that the database does not know, for a day: younger ones may be of a step that is about to end. */
async function forgotten(db: Database, artifacts: string): Promise<string[]> {
  const keys = fs.readdirSync(artifacts).filter((name) => !name.includes('.'))
  const known = new Set((await db.artifact.findMany({ where: { key: { in: keys } }, select: { key: true } })).map(({ key }) => key))
  return keys.filter((key) => !known.has(key)).map((key) => path.join(artifacts, key)).filter((folder) => Date.now() - fs.statSync(folder).mtimeMs > DAY_MS)
}

/** Files of which no piece has come for a day. */
function brokenOff(uploads: string): string[] {
  const names = fs.existsSync(uploads) ? fs.readdirSync(uploads, { recursive: true, encoding: 'utf8' }) : []
  return names.filter((name) => name.endsWith('.part')).map((name) => path.join(uploads, name)).filter((file) => Date.now() - fs.statSync(file).mtimeMs > DAY_MS)
}
