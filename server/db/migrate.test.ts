import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import pg from 'pg'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { freshDatabase, type FreshDatabase } from '@/tests/fresh-database'
import { Prisma } from './generated/client'
import { migrate } from './migrate'

let fresh: FreshDatabase
const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'migrations-'))
beforeAll(async () => {
  fresh = await freshDatabase({ empty: true })
  fs.cpSync('prisma/migrations', folder, { recursive: true })
})
afterAll(async () => {
  await fresh.dispose()
  fs.rmSync(folder, { recursive: true })
})

it('applies each migration once, however many processes start', async () => {
  const applied = await Promise.all([migrate(fresh.url, folder), migrate(fresh.url, folder)])
  expect(applied.flat().toSorted()).toEqual(fs.readdirSync(folder).filter((name) => !name.endsWith('.toml')).toSorted())
  expect(await migrate(fresh.url, folder)).toEqual([])
})

it('refuses a migration that was changed after it was applied', async () => {
  const file = path.join(folder, '0001_init', 'migration.sql')
  const sql = fs.readFileSync(file, 'utf8')
  fs.writeFileSync(file, `${sql}\n-- changed`)
  await expect(migrate(fresh.url, folder)).rejects.toThrow(/0001_init was changed after it was applied/)
  fs.writeFileSync(file, sql)
})

it('rolls a failing migration back as a whole', async () => {
  fs.mkdirSync(path.join(folder, '9998_broken'))
  fs.writeFileSync(path.join(folder, '9998_broken', 'migration.sql'), 'CREATE TABLE half (); SELECT * FROM nowhere;')
  await expect(migrate(fresh.url, folder)).rejects.toThrow(/9998_broken failed and was rolled back/)
  const client = new pg.Client({ connectionString: fresh.url })
  await client.connect()
  const { rows } = await client.query(`SELECT to_regclass('half') AS half`)
  await client.end()
  expect(rows[0].half).toBeNull()
  fs.rmSync(path.join(folder, '9998_broken'), { recursive: true })
})

it('refuses a database that is newer than the checkout', async () => {
  fs.renameSync(path.join(folder, '0001_init'), path.join(folder, '0001_other'))
  await expect(migrate(fresh.url, folder)).rejects.toThrow(/made by a newer version/)
})

it('keeps the schema of prisma/schema.prisma: every table and column is there', async () => {
  const schema = fs.readFileSync('prisma/schema.prisma', 'utf8')
  const tables = [...schema.matchAll(/@@map\("(\w+)"\)/g)].map((m) => m[1]).sort()
  const rows = await fresh.db.$queryRaw<{ table_name: string }[]>`SELECT table_name FROM information_schema.tables WHERE table_schema = 'public' AND table_name <> '_prisma_migrations' ORDER BY 1`
  expect(rows.map((r) => r.table_name)).toEqual(tables)
  // A column that the client knows and the migrations lack fails here.
  const models = Object.keys(Prisma.ModelName).map((name) => name[0].toLowerCase() + name.slice(1))
  expect(models).toHaveLength(tables.length)
  await Promise.all(models.map((model) => (fresh.db as unknown as Record<string, { findMany: () => Promise<unknown> }>)[model].findMany()))
})
