// Ownership of steps on a real Postgres: claims race, leases lapse, old attempts are fenced off, cursors miss nothing.
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { createExampleDataset, exampleArtifact, warmupRun, workAll } from '@/tests/launch-examples'
import { freshDatabase, type FreshDatabase } from '@/tests/fresh-database'
import { change } from './change'
import { openDatabase, type Database } from './client'
import { readEvents } from './events'
import { launchRuns } from './launch'
import { readMetrics } from './metrics'
import { closeQueue, takeStep } from './queue'
import { cancelRun, readRun } from './runs'
import { claimStep, failStep, publishStep, recordReport, renewLeases, sweepSteps } from './steps'

let fresh: FreshDatabase
let second: Database
let datasetId: string
let seed = 100
let stepId: string
let runId: string

beforeAll(async () => {
  fresh = await freshDatabase()
  second = openDatabase(fresh.url, 2)
  datasetId = await createExampleDataset(fresh.db)
  await workAll(fresh.db, fresh.dataDir)
  await launchRuns(fresh.db, [warmupRun(datasetId, 'first', ++seed)])
  await workAll(fresh.db, fresh.dataDir)
})
afterAll(async () => {
  await closeQueue(second)
  await second.$disconnect()
  await fresh.dispose()
})
beforeEach(async () => {
  await fresh.db.run.updateMany({ data: { state: 'cancelled' }, where: { state: { in: ['queued', 'running', 'cancelling'] } } })
  await fresh.db.step.updateMany({ data: { state: 'cancelled' }, where: { state: { in: ['waiting', 'queued', 'running'] } } })
  while (await takeStep(fresh.db));
  runId = (await launchRuns(fresh.db, [warmupRun(datasetId, 'race', ++seed)])).runIds[0]
  stepId = (await readRun(fresh.db, runId)).steps.find((s) => s.state === 'queued')!.id
})

const claim = (db: Database, workerId: string, leaseMs = 60_000) => claimStep(db, { stepId, workerId, leaseMs })
const empty = { progress: null, points: [], logs: [] }

it('gives a step to one of many claimants', async () => {
  const claims = await Promise.all(Array.from({ length: 12 }, (_, i) => claim(i % 2 ? fresh.db : second, `w${i}`)))
  expect(claims.filter(Boolean)).toHaveLength(1)
})

it('delivers a queued step once to workers that look at the same time', async () => {
  const taken = await Promise.all(Array.from({ length: 6 }, (_, i) => takeStep(i % 2 ? fresh.db : second)))
  expect(taken.filter(Boolean)).toEqual([stepId])
})

it('takes a step back when its lease lapses, and fences the old attempt off', async () => {
  const old = await claim(fresh.db, 'old', 0)
  const fence = { stepId, attempt: old!.attempt, workerId: 'old' }
  expect(await recordReport(fresh.db, fence, { ...empty, points: [{ name: 'loss', step: 1, value: 0.5 }] })).toBe(true)
  expect(await sweepSteps(second, [])).toMatchObject({ lapsed: 1 })
  const taken = await claim(second, 'new')
  expect(taken!.attempt).toBe(old!.attempt + 1)
  expect(await renewLeases(fresh.db, 'old', 1000)).toEqual([])
  expect(await recordReport(fresh.db, fence, { ...empty, points: [{ name: 'loss', step: 1, value: 99 }] })).toBe(false)
  expect(await failStep(fresh.db, fence, { reason: 'late', retry: false })).toBe(false)
  await recordReport(second, { stepId, attempt: taken!.attempt, workerId: 'new' }, { ...empty, points: [{ name: 'loss', step: 1, value: 0.25 }] })
  expect((await readMetrics(fresh.db, runId)).loss).toMatchObject([{ step: 1, value: 0.25 }])
  expect((await readRun(fresh.db, runId)).steps.find((s) => s.id === stepId)).toMatchObject({ state: 'running', attempt: taken!.attempt })
})

it('uses an artifact that a fenced attempt has published all the same', async () => {
  const old = await claim(fresh.db, 'old', 0)
  await sweepSteps(second, [])
  expect(await publishStep(fresh.db, { stepId, attempt: old!.attempt, workerId: 'old' }, exampleArtifact(fresh.dataDir, old!))).toBe(false)
  expect((await readRun(fresh.db, runId)).steps.find((s) => s.id === stepId)).toMatchObject({ state: 'succeeded', reused: true })
})

it('gives up after three lost workers', async () => {
  for (let i = 0; i < 3; i++) {
    await claim(fresh.db, `w${i}`)
    await sweepSteps(second, [`w${i}`])
  }
  expect(await readRun(fresh.db, runId)).toMatchObject({ state: 'failed', reason: expect.stringContaining('Its worker was lost, 3 times') })
})

it('sends a queued step again whose job was lost', async () => {
  expect(await takeStep(fresh.db)).toBe(stepId) // and the worker dies before it claims
  await fresh.db.$executeRaw`UPDATE step SET queued_at = now() - interval '1 minute' WHERE id = ${stepId}`
  expect(await sweepSteps(second, [])).toEqual({ lapsed: 0, resent: 1 })
  expect(await takeStep(fresh.db)).toBe(stepId)
})

it('cancels a run whose worker is gone', async () => {
  await claim(fresh.db, 'old', 0)
  await cancelRun(fresh.db, runId)
  expect((await readRun(fresh.db, runId)).state).toBe('cancelling')
  await sweepSteps(second, [])
  expect((await readRun(fresh.db, runId)).state).toBe('cancelled')
})

it('a reader that follows the cursor misses no event, however commits interleave', async () => {
  const total = 200
  const start = (await readEvents(fresh.db, { after: 0n, limit: 100_000 })).at(-1)!.id
  const write = (n: number) =>
    change(n % 2 ? fresh.db : second, async (c) => {
      await c.tx.$queryRaw`SELECT pg_sleep(${Math.random() * 0.01})::text`
      c.emit({ runId: n % 3 ? runId : null, datasetId: null, body: { type: 'log', stepId: null, level: 'info', line: `line ${n}` } })
    })
  const seen: string[] = []
  let cursor = BigInt(start)
  let writing = true
  const writers = Promise.all(Array.from({ length: 8 }, async (_, w) => {
    for (let n = w; n < total; n += 8) await write(n)
  })).then(() => (writing = false))
  for (;;) {
    const last = !writing
    const events = await readEvents(fresh.db, { after: cursor, limit: 7 })
    for (const event of events) if (event.body.type === 'log') seen.push(event.body.line)
    if (events.length) cursor = BigInt(events.at(-1)!.id)
    else if (last) break
  }
  await writers
  expect(new Set(seen).size).toBe(total)
  expect(seen).toHaveLength(total)
})
