// `drhard backup` and `drhard restore`: the database as of one moment, and the artifacts that it knows. Called by jobs/cli.ts and its test.
import fs from 'node:fs'
import path from 'node:path'
import pg from 'pg'
import { AppError } from '@/contract/errors'
import { dumpDatabase, loadDatabase } from '@/server/db/dump'
import { startEmbedded } from '@/server/db/embedded'
import { artifactStore } from '@/server/db/local-artifact'
import { artifactsDir, databaseUrl, dataDir } from '@/server/db/location'
import { migrate } from '@/server/db/migrate'
import { artifactDir, readManifest } from '@/server/files/artifact'
import { verifyArtifact } from '@/server/files/verify'

const migrations = path.resolve(import.meta.dirname, '..', 'prisma', 'migrations')

/**
 * Backs up into a folder: `database-<time>/` anew each time, `artifacts/` only what is not there yet, because an artifact never changes.
 * The database comes first: everything it knows is then there to be copied.
 */
export async function backup({ folder, withArtifacts }: { folder: string; withArtifacts: boolean }): Promise<void> {
  const target = path.resolve(folder)
  fs.mkdirSync(target, { recursive: true })
  await withServer(async (url) => {
    const name = `database-${new Date().toISOString().replace(/[:.]/g, '-')}`
    const { tables } = await dumpDatabase(url, path.join(target, `${name}.partial`))
    fs.renameSync(path.join(target, `${name}.partial`), path.join(target, name))
    console.log(`${path.join(target, name)}: ${tables.reduce((sum, table) => sum + table.rows, 0)} rows of ${tables.length} tables`)
    if (withArtifacts) await copyArtifacts(await knownKeys(url), target)
  })
}

/** Restores the newest database of a backup, and its artifacts, into this installation, which must be empty. */
export async function restore({ folder }: { folder: string }): Promise<void> {
  const source = path.resolve(folder)
  const newest = fs.existsSync(source) ? fs.readdirSync(source).filter((name) => /^database-.*Z$/.test(name)).sort().at(-1) : undefined
  if (!newest) throw new AppError('bad-input', `${source} has no folder database-<time>; give the folder that ./drhard backup wrote`)
  await withServer(async (url) => {
    await migrate(url, migrations)
    const { tables, at } = await loadDatabase(url, path.join(source, newest))
    console.log(`database: ${tables.reduce((sum, table) => sum + table.rows, 0)} rows of ${at}`)
    const saved = path.join(source, 'artifacts')
    const keys = await knownKeys(url)
    const missing: string[] = []
    let copied = 0
    for (const key of keys) {
      if (readManifest(artifactsDir(), key)) continue
      if (!fs.existsSync(path.join(saved, key))) {
        if (!(await artifactStore().fetch(key))) missing.push(key)
        continue
      }
      await copyFolder(path.join(saved, key), artifactDir(artifactsDir(), key))
      await verifyArtifact(key, { root: artifactsDir(), verifiedDir: path.join(dataDir(), 'verified'), now: Date.now() })
      await artifactStore().publish(key)
      copied++
    }
    console.log(`artifacts: ${copied} copied and verified, ${keys.length - copied - missing.length} were there${missing.length ? `, ${missing.length} are in no backup and are made again when a run needs them` : ''}`)
  })
}

async function copyArtifacts(keys: string[], target: string): Promise<void> {
  let copied = 0
  for (const key of keys) {
    const to = path.join(target, 'artifacts', key)
    if (fs.existsSync(to)) continue
    if (!(await artifactStore().fetch(key))) {
      console.log(`artifact ${key} is not in ${artifactStore().name}; left out`)
      continue
    }
    await verifyArtifact(key, { root: artifactsDir(), verifiedDir: path.join(dataDir(), 'verified'), now: Date.now() })
    await copyFolder(artifactDir(artifactsDir(), key), to)
    copied++
  }
  console.log(`${path.join(target, 'artifacts')}: ${copied} new artifacts, ${keys.length} in all`)
}

/** All or nothing: a copy that is cut off has another name. */
async function copyFolder(from: string, to: string): Promise<void> {
  const partial = `${to}.copying`
  fs.rmSync(partial, { recursive: true, force: true })
  await fs.promises.cp(from, partial, { recursive: true, preserveTimestamps: true })
  fs.renameSync(partial, to)
}

async function knownKeys(url: string): Promise<string[]> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    return (await client.query<{ key: string }>('SELECT key FROM artifact ORDER BY created_at, key')).rows.map((row) => row.key)
  } finally {
    await client.end()
  }
}

/** The running database, or the bundled one started for as long as it takes. */
async function withServer(work: (url: string) => Promise<void>): Promise<void> {
  let url: string
  try {
    url = databaseUrl()
  } catch {
    const server = await startEmbedded(dataDir(), console.log)
    try {
      return await work(server.url)
    } finally {
      if (!server.reused) await server.stop()
    }
  }
  await work(url)
}
