// Writes all tables to files and reads them back, table by table as lines of JSON, so that a backup needs no Postgres tools and fits another
// Postgres. The queue is left out: the sweep sends again what is queued. Called by jobs/backup.ts.
import fs from 'node:fs'
import path from 'node:path'
import readline from 'node:readline'
import { pipeline } from 'node:stream/promises'
import { Readable } from 'node:stream'
import { createGunzip, createGzip } from 'node:zlib'
import pg from 'pg'
import { z } from 'zod'
import { AppError } from '@/contract/errors'
import { sha256File } from '@/server/files/sha256'

const PIECE = 2000
const INDEX = 'index.json'

const Index = z.object({ at: z.iso.datetime(), migrations: z.array(z.string()), tables: z.array(z.object({ name: z.string(), rows: z.int(), sha256: z.string() })) })
export type DumpIndex = z.infer<typeof Index>

/** Dumps everything as of one moment into a folder that must not exist. */
export async function dumpDatabase(url: string, folder: string): Promise<DumpIndex> {
  return withClient(url, async (client) => {
    fs.mkdirSync(folder, { mode: 0o700 })
    await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY')
    const migrations = await appliedMigrations(client)
    const tables: DumpIndex['tables'] = []
    for (const name of await tablesInOrder(client)) {
      const file = path.join(folder, `${name}.jsonl.gz`)
      let rows = 0
      const lines = async function* () {
        for await (const piece of rowsOf(client, name)) {
          rows += piece.length
          yield piece.map((row) => `${row}\n`).join('')
        }
      }
      await pipeline(Readable.from(lines()), createGzip(), fs.createWriteStream(file, { mode: 0o600 }))
      tables.push({ name, rows, sha256: sha256File(file) })
    }
    await client.query('COMMIT')
    const index: DumpIndex = { at: new Date().toISOString(), migrations, tables }
    fs.writeFileSync(path.join(folder, INDEX), JSON.stringify(index, null, 1))
    return index
  })
}

/** Loads a dump into a migrated, empty database, all or nothing. Throws conflict where it is not empty, broken where a file is damaged. */
export async function loadDatabase(url: string, folder: string): Promise<DumpIndex> {
  const index = readIndex(folder)
  for (const { name, sha256 } of index.tables) {
    if (sha256File(path.join(folder, `${name}.jsonl.gz`)) !== sha256) throw new AppError('broken', `${path.join(folder, `${name}.jsonl.gz`)} is damaged: its SHA-256 is not the one of ${INDEX}; restore another backup`)
  }
  return withClient(url, async (client) => {
    const own = await appliedMigrations(client)
    const unknown = index.migrations.find((name) => !own.includes(name))
    if (unknown) throw new AppError('conflict', `The backup has migration ${unknown}, which this version lacks; restore it with the version that made it, or a newer one`)
    for (const { name } of index.tables) {
      const { rows } = await client.query(`SELECT 1 FROM ${quoted(name)} LIMIT 1`)
      if (rows.length) throw new AppError('conflict', `The database is not empty: table ${name} has rows; restore into a new data folder or database`)
    }
    await client.query('BEGIN')
    for (const { name, rows } of index.tables) {
      const loaded = await loadTable(client, name, path.join(folder, `${name}.jsonl.gz`))
      if (loaded !== rows) throw new AppError('broken', `${name}: ${loaded} rows were read, ${rows} were backed up`)
    }
    await setSequences(client)
    await client.query('COMMIT')
    return index
  })
}

function readIndex(folder: string): DumpIndex {
  try {
    return Index.parse(JSON.parse(fs.readFileSync(path.join(folder, INDEX), 'utf8')))
  } catch (cause) {
    throw new AppError('bad-input', `${folder} is no backup, or was cut off before it was complete: ${INDEX} cannot be read`, { cause })
  }
}

async function* rowsOf(client: pg.Client, table: string): AsyncGenerator<string[]> {
  // A run comes after the run that it starts from.
  await client.query(`DECLARE dump CURSOR FOR SELECT row_to_json(t)::text AS row FROM ${quoted(table)} t ${table === 'run' ? 'ORDER BY seq' : ''}`)
  for (;;) {
    const { rows } = await client.query<{ row: string }>(`FETCH ${PIECE} FROM dump`)
    if (!rows.length) break
    yield rows.map(({ row }) => row)
  }
  await client.query('CLOSE dump')
}

async function loadTable(client: pg.Client, table: string, file: string): Promise<number> {
  let count = 0
  let piece: string[] = []
  const flush = async () => {
    if (!piece.length) return
    // Columns that a newer version added get their defaults.
    const columns = Object.keys(JSON.parse(piece[0]) as object).map(quoted).join(', ')
    await client.query(`INSERT INTO ${quoted(table)} (${columns}) SELECT ${columns} FROM json_populate_recordset(NULL::${quoted(table)}, $1::json)`, [`[${piece.join(',')}]`])
    count += piece.length
    piece = []
  }
  for await (const line of readline.createInterface({ input: fs.createReadStream(file).pipe(createGunzip()) })) {
    piece.push(line)
    if (piece.length >= PIECE) await flush()
  }
  await flush()
  return count
}

/** Our tables, each after those that it refers to. */
async function tablesInOrder(client: pg.Client): Promise<string[]> {
  const { rows: tables } = await client.query<{ name: string }>(`SELECT table_name AS name FROM information_schema.tables WHERE table_schema = 'public' AND table_type = 'BASE TABLE' AND table_name <> '_prisma_migrations' ORDER BY 1`)
  const { rows: references } = await client.query<{ from: string; to: string }>(`SELECT conrelid::regclass::text AS "from", confrelid::regclass::text AS "to" FROM pg_constraint WHERE contype = 'f' AND connamespace = 'public'::regnamespace AND conrelid <> confrelid`)
  const bare = (name: string) => name.replaceAll('"', '')
  const ordered: string[] = []
  for (let rest = tables.map((table) => table.name); rest.length; ) {
    const ready = rest.filter((name) => references.every((reference) => bare(reference.from) !== name || ordered.includes(bare(reference.to))))
    if (!ready.length) throw new Error(`tables refer to each other in a circle: ${rest.join(', ')}`)
    ordered.push(...ready)
    rest = rest.filter((name) => !ready.includes(name))
  }
  return ordered
}

async function setSequences(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ table: string; column: string }>(`SELECT table_name AS table, column_name AS column FROM information_schema.columns WHERE table_schema = 'public' AND column_default LIKE 'nextval(%'`)
  for (const { table, column } of rows) await client.query(`SELECT setval(pg_get_serial_sequence($1, $2), coalesce((SELECT max(${quoted(column)}) FROM ${quoted(table)}), 0) + 1, false)`, [quoted(table), column])
}

async function appliedMigrations(client: pg.Client): Promise<string[]> {
  const { rows } = await client.query<{ name: string }>('SELECT migration_name AS name FROM _prisma_migrations WHERE finished_at IS NOT NULL AND rolled_back_at IS NULL ORDER BY 1')
  return rows.map((row) => row.name)
}

const quoted = (name: string) => `"${name.replaceAll('"', '""')}"`

async function withClient<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    return await work(client)
  } finally {
    await client.end()
  }
}
