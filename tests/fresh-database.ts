// A database of its own, and a data folder, for a test file. Called by tests in server/db, jobs and app/api.
import { randomBytes } from 'node:crypto'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import pg from 'pg'
import { inject } from 'vitest'
import { openDatabase, type Database } from '@/server/db/client'
import { stopListening } from '@/server/db/listen'
import { closeQueue } from '@/server/db/queue'

export interface FreshDatabase {
  db: Database
  url: string
  dataDir: string
  dispose(): Promise<void>
}

/** Makes the database, and points DATABASE_URL and DRHARD_DATA_DIR of this test process at it. `empty` leaves out the schema. */
export async function freshDatabase({ empty = false } = {}): Promise<FreshDatabase> {
  const server = inject('postgresUrl')
  const name = `test_${randomBytes(6).toString('hex')}`
  const admin = new pg.Client({ connectionString: server })
  await admin.connect()
  await admin.query(`CREATE DATABASE ${name} ${empty ? '' : 'TEMPLATE template_drhard'}`)
  await admin.end()
  const url = server.replace(/[^/]+$/, name)
  const dataDir = fs.mkdtempSync(path.join(os.tmpdir(), 'drhard-data-'))
  process.env.DATABASE_URL = url
  process.env.DRHARD_DATA_DIR = dataDir
  const db = openDatabase(url)
  return {
    db,
    url,
    dataDir,
    async dispose() {
      stopListening()
      await closeQueue(db)
      await db.$disconnect()
      fs.rmSync(dataDir, { recursive: true, force: true })
    },
  }
}
