// Brings a database to the newest schema: applies the SQL files of prisma/migrations and keeps Prisma's own table of them,
// so that `prisma migrate deploy` also works where its engine can be had. Called by jobs/serve.ts and the tests.
import { randomUUID } from 'node:crypto'
import fs from 'node:fs'
import path from 'node:path'
import pg from 'pg'
import { AppError } from '@/contract/errors'
import { sha256 } from '@/server/files/sha256'
import { installQueue } from './queue'

const MIGRATE_LOCK = 7_301_003

/** Applies what is missing, in order of name, and installs the queue. Returns the names applied now. */
export async function migrate(url: string, folder: string): Promise<string[]> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    // A session lock, not a transaction: each migration commits by itself.
    await client.query('SELECT pg_advisory_lock($1)', [MIGRATE_LOCK])
    const applied = await applyAll(client, folder)
    await installQueue(url)
    return applied
  } finally {
    await client.end()
  }
}

/** Throws conflict where the database was made by a newer version of this code, or not yet brought to this one. For workers, which never migrate. */
export async function refuseOtherSchema(url: string, folder: string): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    const { rows } = await client.query<{ migration_name: string }>('SELECT migration_name FROM _prisma_migrations WHERE rolled_back_at IS NULL AND finished_at IS NOT NULL').catch(() => ({ rows: [] }))
    const applied = new Set(rows.map((row) => row.migration_name))
    const own = migrationNames(folder)
    const unknown = [...applied].find((name) => !own.includes(name))
    if (unknown) throw new AppError('conflict', `The database has migration ${unknown}, which this checkout lacks: it belongs to a newer version; update this machine before its worker joins`)
    const missing = own.find((name) => !applied.has(name))
    if (missing) throw new AppError('conflict', `The database lacks migration ${missing}: it belongs to an older version; start ./drhard serve of this version first, which updates it`)
  } finally {
    await client.end()
  }
}

function migrationNames(folder: string): string[] {
  return fs.readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory()).map((entry) => entry.name).sort()
}

async function applyAll(client: pg.Client, folder: string): Promise<string[]> {
  await client.query(`
    CREATE TABLE IF NOT EXISTS _prisma_migrations (
      id VARCHAR(36) PRIMARY KEY, checksum VARCHAR(64) NOT NULL, finished_at TIMESTAMPTZ, migration_name VARCHAR(255) NOT NULL,
      logs TEXT, rolled_back_at TIMESTAMPTZ, started_at TIMESTAMPTZ NOT NULL DEFAULT now(), applied_steps_count INTEGER NOT NULL DEFAULT 0)`)
  const { rows } = await client.query<{ migration_name: string; checksum: string; finished_at: Date | null }>(
    'SELECT migration_name, checksum, finished_at FROM _prisma_migrations WHERE rolled_back_at IS NULL ORDER BY migration_name',
  )
  const names = migrationNames(folder)
  const missing = rows.find((row) => !names.includes(row.migration_name))
  if (missing) throw new AppError('conflict', `The database has migration ${missing.migration_name}, which ${folder} lacks: it was made by a newer version; update this checkout or use another data folder`)

  const applied: string[] = []
  for (const name of names) {
    const sql = fs.readFileSync(path.join(folder, name, 'migration.sql'))
    const checksum = sha256(sql)
    const row = rows.find((r) => r.migration_name === name)
    if (row && !row.finished_at) throw new AppError('broken', `Migration ${name} was begun by another tool and not finished; repair the database by hand (prisma migrate resolve)`)
    if (row && row.checksum !== checksum) throw new AppError('conflict', `Migration ${name} was changed after it was applied (checksum ${checksum.slice(0, 12)}, applied ${row.checksum.slice(0, 12)}); restore the file and put the change into a new migration`)
    if (row) continue
    await applyOne(client, name, sql.toString('utf8'), checksum)
    applied.push(name)
  }
  return applied
}

async function applyOne(client: pg.Client, name: string, sql: string, checksum: string): Promise<void> {
  await client.query('BEGIN')
  try {
    await client.query(sql)
    await client.query('INSERT INTO _prisma_migrations (id, checksum, finished_at, migration_name, applied_steps_count) VALUES ($1, $2, now(), $3, 1)', [randomUUID(), checksum, name])
    await client.query('COMMIT')
  } catch (cause) {
    await client.query('ROLLBACK')
    throw new AppError('broken', `Migration ${name} failed and was rolled back: ${(cause as Error).message}`, { cause })
  }
}
