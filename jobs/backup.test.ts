// A backup restored elsewhere is the same installation: every row, every artifact, and nothing is made again.
import fs from 'node:fs'
import path from 'node:path'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { launchRuns } from '@/server/db/launch'
import { packEndedRuns } from '@/server/db/metric-chunks'
import { recordMetrics } from '@/server/db/metrics'
import { readRun } from '@/server/db/runs'
import { setAccount } from '@/server/db/accounts'
import { publishArtifact } from '@/server/files/artifact'
import { freshDatabase, type FreshDatabase } from '@/tests/fresh-database'
import { createExampleDataset, starRun, warmupRun, workAll } from '@/tests/launch-examples'
import { backup, restore } from './backup'

let from: FreshDatabase
let to: FreshDatabase
let folder: string
let datasetId: string

beforeAll(async () => {
  vi.spyOn(console, 'log').mockImplementation(() => undefined)
  to = await freshDatabase()
  from = await freshDatabase()
  folder = path.join(from.dataDir, 'backup')
  datasetId = await createExampleDataset(from.db)
  await setAccount(from.db, { name: 'kim', role: 'editor', password: 'correct horse' })
  await launchRuns(from.db, [warmupRun(datasetId), starRun(datasetId, { kind: 'sibling', name: 'warmup' })])
  const [{ id }] = await from.db.run.findMany({ where: { name: 'warmup' } })
  await recordMetrics(from.db, id, 1, Array.from({ length: 300 }, (_, step) => ({ name: 'loss', step, value: 1 / (step + 1) })))
  await workAll(from.db, from.dataDir)
  await packEndedRuns(from.db, { afterSeconds: 0 })
  expect(await from.db.metricChunk.count()).toBeGreaterThan(0)
  // real folders for what the example only pretends to publish
  for (const { key, kind } of await from.db.artifact.findMany()) {
    const dir = path.join(from.dataDir, 'artifacts', key)
    const kept = fs.existsSync(path.join(dir, 'per-query.json')) ? fs.readFileSync(path.join(dir, 'per-query.json'), 'utf8') : null
    fs.rmSync(dir, { recursive: true })
    await publishArtifact(path.join(from.dataDir, 'artifacts'), { key, kind }, async (out) => fs.writeFileSync(path.join(out, 'per-query.json'), kept ?? key))
  }
})
afterAll(async () => {
  await to.dispose()
  await from.dispose()
})

const use = ({ url, dataDir }: FreshDatabase) => Object.assign(process.env, { DATABASE_URL: url, DRHARD_DATA_DIR: dataDir })

async function everything(url: string): Promise<Record<string, unknown>> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  const { rows } = await client.query<{ name: string }>(`SELECT table_name AS name FROM information_schema.tables WHERE table_schema = 'public' AND table_name <> '_prisma_migrations' ORDER BY 1`)
  const tables: Record<string, unknown> = {}
  for (const { name } of rows) tables[name] = (await client.query(`SELECT * FROM "${name}" t ORDER BY t::text`)).rows
  await client.end()
  return tables
}

describe('backup and restore', () => {
  it('give every row back, and every artifact, verified', async () => {
    use(from)
    await backup({ folder, withArtifacts: true })
    use(to)
    await restore({ folder })
    expect(await everything(to.url)).toEqual(await everything(from.url))
    const names = fs.readdirSync(path.join(from.dataDir, 'artifacts')).sort()
    expect(fs.readdirSync(path.join(to.dataDir, 'artifacts')).sort()).toEqual(names)
    expect(names.length).toBeGreaterThan(10)
  })

  it('the restored installation goes on: numbers rise, and what is made is not made again', async () => {
    const { runIds } = await launchRuns(to.db, [warmupRun(datasetId, 'again')])
    const run = await readRun(to.db, runIds[0])
    expect(run.state).toBe('succeeded')
    expect(run.steps.every((step) => step.reused)).toBe(true)
  })

  it('refuse a database that is not empty, and a damaged backup', async () => {
    use(to)
    await expect(restore({ folder })).rejects.toMatchObject({ code: 'conflict', message: expect.stringContaining('is not empty') })
    const [database] = fs.readdirSync(folder).filter((name) => name.startsWith('database-'))
    fs.appendFileSync(path.join(folder, database, 'run.jsonl.gz'), 'x')
    await expect(restore({ folder })).rejects.toMatchObject({ code: 'broken', message: expect.stringContaining('run.jsonl.gz is damaged') })
  })

  it('a second backup copies only what is new', async () => {
    use(from)
    const before = fs.statSync(path.join(folder, 'artifacts', fs.readdirSync(path.join(folder, 'artifacts'))[0])).ctimeMs
    await backup({ folder, withArtifacts: true })
    expect(fs.statSync(path.join(folder, 'artifacts', fs.readdirSync(path.join(folder, 'artifacts'))[0])).ctimeMs).toBe(before)
    expect(fs.readdirSync(folder).filter((name) => name.startsWith('database-'))).toHaveLength(2)
  })
})
