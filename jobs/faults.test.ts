// The faults of docs/reliability.md that one worker meets: damaged files, a full disk, a database that goes away, clocks that jump. Real
// processes and a real Postgres of its own; the steps are quick ones (tests/fake-child.ts).
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { isLive, type RunDetail } from '@/contract/run'
import { AppError } from '@/contract/errors'
import { openDatabase, type Database } from '@/server/db/client'
import { startEmbedded, type EmbeddedPostgres } from '@/server/db/embedded'
import { readLog } from '@/server/db/logs'
import { launchRuns } from '@/server/db/launch'
import { stopListening } from '@/server/db/listen'
import { readMetrics } from '@/server/db/metrics'
import { migrate } from '@/server/db/migrate'
import { closeQueue } from '@/server/db/queue'
import { readRun } from '@/server/db/runs'
import { openStore, type ArtifactStore } from '@/server/store/store'
import { SEEDS } from '@/tests/fake-seeds'
import { createExampleDataset, warmupRun } from '@/tests/launch-examples'
import { bundleChild } from './child-bundle'
import { startWorker, type RunningWorker } from './server'

const root = path.resolve('.')
let dataDir: string
let postgres: EmbeddedPostgres
let db: Database
let worker: RunningWorker
let datasetId: string
let n = 0
/** How often the store still refuses to take an artifact. */
let refusals = 0

beforeAll(async () => {
  dataDir = fs.mkdtempSync(path.join(os.tmpdir(), 'drhard-faults-'))
  fs.chmodSync(dataDir, 0o755)
  postgres = await startEmbedded(dataDir, () => undefined)
  process.env.DATABASE_URL = postgres.url
  process.env.DRHARD_DATA_DIR = dataDir
  await migrate(postgres.url, path.join(root, 'prisma', 'migrations'))
  db = openDatabase(postgres.url)
  datasetId = await createExampleDataset(db)
  worker = await start()
})
afterAll(async () => {
  await worker.drain()
  stopListening()
  await closeQueue(db)
  await db.$disconnect()
  await postgres.stop()
  fs.rmSync(dataDir, { recursive: true, force: true })
})
beforeEach(() => void n++)

async function start(): Promise<RunningWorker> {
  const store = openStore({ root: path.join(dataDir, 'artifacts'), location: null })
  const refusing: ArtifactStore = {
    ...store,
    async publish(key) {
      if (refusals-- > 0) throw new AppError('unavailable', 'The artifact store s3://bucket refuses to take it (503)')
      await store.publish(key)
    },
  }
  const childFile = await bundleChild(root, path.join(root, 'tests', 'fake-child.ts'))
  return startWorker({ db, url: postgres.url, dataDir, childFile, store: refusing, slots: 1, log: () => undefined, beatMs: 200 })
}

/** A run with its own artifacts that behaves as the seed says; its train step counts to 200. */
const launch = async (seed: number, changes: object = {}) => {
  const run = warmupRun(datasetId, `run${n}`, seed)
  return (await launchRuns(db, [{ ...run, config: { ...run.config, depth: 10 + n, train: { ...(run.config as { train: object }).train, steps: 200, checkpoints: 1, learningRate: n / 1000, ...changes } } as never }])).runIds[0]
}
const train = (run: RunDetail) => run.steps.find((s) => s.kind === 'train')!
const artifact = (key: string, ...names: string[]) => path.join(dataDir, 'artifacts', key, ...names)

async function until(runId: string, what: (run: RunDetail) => boolean, timeoutMs = 50_000): Promise<RunDetail> {
  const deadline = Date.now() + timeoutMs
  for (;;) {
    const run = await readRun(db, runId).catch(() => null)
    if (run && what(run)) return run
    if (Date.now() > deadline) throw new Error(`run is ${run?.state}: ${JSON.stringify(run?.steps.map((s) => [s.label, s.state, s.reason]))}`)
    await sleep(25)
  }
}
const ended = (run: RunDetail) => !isLive(run.state)
const lossesOf = async (runId: string) => (await readMetrics(db, runId)).loss.map((p) => p.step)
const ALL = Array.from({ length: 200 }, (_, i) => i)

it('makes an artifact again whose file is damaged, and says so', async () => {
  const first = await until(await launch(SEEDS.plain), ended)
  expect(first.state).toBe('succeeded')
  const { artifactKey } = train(first)
  fs.writeFileSync(artifact(artifactKey, 'weights'), 'x')
  const run = warmupRun(datasetId, 'deeper', SEEDS.plain)
  // the same training, searched deeper: its search reads the damaged checkpoint
  const again = (await launchRuns(db, [{ ...run, config: { ...run.config, depth: 100, train: { ...(run.config as { train: object }).train, steps: 200, checkpoints: 1, learningRate: n / 1000 } } as never }])).runIds[0]
  const done = await until(again, ended)
  expect(done).toMatchObject({ state: 'succeeded' })
  expect(train(done)).toMatchObject({ reused: false, attempt: 1 })
  expect(fs.readFileSync(artifact(artifactKey, 'weights'), 'utf8')).toBe('w')
})

it('goes on from the state before where the newest is damaged', async () => {
  const id = await launch(SEEDS.slow)
  const key = train(await until(id, (run) => (train(run).progress?.done ?? 0) > 30)).artifactKey
  await worker.drain()
  const state = path.join(dataDir, 'work', key, 'state', 'step')
  const newest = Number(fs.readFileSync(state, 'utf8'))
  fs.writeFileSync(state, '19x')
  worker = await start()
  expect(await until(id, ended)).toMatchObject({ state: 'succeeded' })
  const { lines } = await readLog(db, { runId: id, limit: 100 })
  expect(lines.map((l) => l.line)).toContainEqual(expect.stringMatching(/saved state .* is damaged .*the one before it is used/))
  const begun = lines.filter((l) => l.line.startsWith('begins at')).map((l) => Number(l.line.split(' ').at(-1)))
  expect(begun.at(-1)).toBe(newest - 1)
  expect(await lossesOf(id)).toEqual(ALL)
})

it('tries again while the disk is full, and publishes once there is room', async () => {
  const id = await launch(SEEDS.fullDisk)
  const run = await until(id, (r) => train(r).state === 'queued' && (train(r).reason ?? '').includes('disk'))
  expect(train(run).reason).toMatch(/^The disk is full: ENOSPC.*begun again in 5 s \(try 2 of 6\)$/)
  expect(fs.readdirSync(path.join(dataDir, 'artifacts')).filter((name) => name.includes('.partial'))).toEqual([])
  fs.writeFileSync(path.join(dataDir, 'room'), '')
  expect(await until(id, ended)).toMatchObject({ state: 'succeeded' })
})

it('waits for a store that refuses, and gives it what was made without making it again', async () => {
  refusals = 2
  const id = await launch(SEEDS.plain)
  const run = await until(id, (r) => r.steps.some((s) => (s.reason ?? '').includes('refuses to take it')))
  expect(run.steps.find((s) => (s.reason ?? '').includes('refuses'))!.reason).toBe('The artifact store s3://bucket refuses to take it (503); begun again in 1 s (try 2 of 10)')
  const done = await until(id, ended)
  expect(done.state).toBe('succeeded')
  expect(done.steps.map((s) => s.attempt)).toContain(3)
  const { lines } = await readLog(db, { runId: id, limit: 100 })
  expect(lines.filter((l) => l.line === 'Published before; nothing to do')).toHaveLength(2)
})

it('does not begin a step that the quota has no room for, and says how much is missing', async () => {
  process.env.DRHARD_DISK_QUOTA = '1B'
  const id = await launch(SEEDS.plain)
  const short = (r: RunDetail) => r.steps.find((s) => (s.reason ?? '').includes('of disk'))
  const run = await until(id, (r) => short(r) !== undefined)
  expect(short(run)).toMatchObject({ state: 'queued', reason: expect.stringMatching(/^It needs about \d+(\.\d)? MB of disk, 0\.0 MB are free; .*begun again in 5 s/) })
  process.env.DRHARD_DISK_QUOTA = '1TB'
  expect(await until(id, ended)).toMatchObject({ state: 'succeeded' })
  delete process.env.DRHARD_DISK_QUOTA
})

it('goes on through 20 s without Postgres: same attempt, no point lost', async () => {
  const id = await launch(SEEDS.slow)
  await until(id, (run) => (train(run).progress?.done ?? 0) > 10)
  process.kill(postgres.pid, 'SIGKILL')
  await sleep(20_000)
  expect(await postgres.revive()).toBe(true)
  const done = await until(id, ended)
  expect(done.state).toBe('succeeded')
  expect(train(done).attempt).toBe(1)
  expect(await lossesOf(id)).toEqual(ALL)
}, 90_000)

it('survives a clock that jumps an hour ahead and back: in the database and in the worker', async () => {
  const id = await launch(SEEDS.slow)
  await until(id, (run) => (train(run).progress?.done ?? 0) > 10)
  const real = Date.now
  Date.now = () => real() + 3_600_000
  try {
    // what an hour's jump of the database's clock makes of every lease
    await db.$executeRaw`UPDATE step SET lease_until = lease_until - interval '1 hour' WHERE state = 'running'`
    await sleep(1000)
    Date.now = () => real() - 3_600_000
    await db.$executeRaw`UPDATE step SET lease_until = lease_until + interval '2 hours' WHERE state = 'running'`
    await sleep(1000)
  } finally {
    Date.now = real
  }
  expect(await until(id, ended)).toMatchObject({ state: 'succeeded' })
  expect(await lossesOf(id)).toEqual(ALL)
})
