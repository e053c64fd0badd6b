// Ownership of steps on a real Postgres: claims race, leases lapse, old attempts are fenced off, cursors miss nothing.
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { createExampleDataset, exampleArtifact, starRun, warmupRun, workAll } from '@/tests/launch-examples'
import { freshDatabase, type FreshDatabase } from '@/tests/fresh-database'
import { change } from './change'
import { openDatabase, type Database } from './client'
import { readEvents } from './events'
import { launchRuns } from './launch'
import { readMetrics } from './metrics'
import { closeQueue, queueOf, sendSteps, takeStep } from './queue'
import { retryRun } from './retry'
import { cancelRun, readRun, setPriority } from './runs'
import { pauseQueue, resumeQueue } from './settings'
import { claimStep, failStep, publishStep, recordReport, renewLeases, sweepSteps, type Failure } from './steps'

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
  await fresh.db.$executeRaw`DELETE FROM pgboss.job` // those that wait for their time, too
  runId = (await launchRuns(fresh.db, [warmupRun(datasetId, 'race', ++seed)])).runIds[0]
  stepId = (await readRun(fresh.db, runId)).steps.find((s) => s.state === 'queued')!.id
})

const claim = (db: Database, workerId: string, leaseMs = 60_000) => claimStep(db, { stepId, workerId, leaseMs })
const empty = { progress: null, points: [], logs: [], samples: [] }
const sweep = (gone: string[] = []) => sweepSteps(second, gone, 0)

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
  expect(await sweep()).toMatchObject({ lapsed: 1 })
  const taken = await claim(second, 'new')
  expect(taken!.attempt).toBe(old!.attempt + 1)
  expect(await renewLeases(fresh.db, 'old', 1000)).toEqual([])
  expect(await recordReport(fresh.db, fence, { ...empty, points: [{ name: 'loss', step: 1, value: 99 }] })).toBe(false)
  expect(await failStep(fresh.db, fence, { reason: 'late', cause: 'bug' })).toBe(false)
  await recordReport(second, { stepId, attempt: taken!.attempt, workerId: 'new' }, { ...empty, points: [{ name: 'loss', step: 1, value: 0.25 }] })
  expect((await readMetrics(fresh.db, runId)).loss).toMatchObject([{ step: 1, value: 0.25 }])
  expect((await readRun(fresh.db, runId)).steps.find((s) => s.id === stepId)).toMatchObject({ state: 'running', attempt: taken!.attempt })
})

it('uses an artifact that a fenced attempt has published all the same', async () => {
  const old = await claim(fresh.db, 'old', 0)
  await sweep()
  expect(await publishStep(fresh.db, { stepId, attempt: old!.attempt, workerId: 'old' }, exampleArtifact(fresh.dataDir, old!))).toBe(false)
  expect((await readRun(fresh.db, runId)).steps.find((s) => s.id === stepId)).toMatchObject({ state: 'succeeded', reused: true })
})

/** Makes the pause before the next attempt pass. */
const passPause = () => fresh.db.$executeRaw`UPDATE step SET retry_at = NULL WHERE id = ${stepId}`
const fail = async (failure: Failure) => {
  await passPause()
  const claimed = await claim(fresh.db, 'w')
  await failStep(fresh.db, { stepId, attempt: claimed!.attempt, workerId: 'w' }, failure)
  return (await readRun(fresh.db, runId)).steps.find((s) => s.id === stepId)!
}

it('never gives up a step whose worker is lost, but pauses longer and longer', async () => {
  for (let i = 0; i < 6; i++) {
    await passPause()
    expect(await claim(fresh.db, `w${i}`)).not.toBeNull()
    await sweep([`w${i}`])
  }
  expect((await readRun(fresh.db, runId)).state).toBe('running')
  expect(await claim(fresh.db, 'early')).toBeNull()
  expect((await readRun(fresh.db, runId)).steps.find((s) => s.id === stepId)).toMatchObject({ state: 'queued', attempt: 6, reason: 'Its worker was lost; begun again in 8 s' })
})

it('gives a step that runs out of memory one more try, in pieces of half the size', async () => {
  expect(await fail({ reason: 'It ran out of memory', cause: 'out-of-memory' })).toMatchObject({ state: 'queued', reason: 'It ran out of memory; begun again in pieces of half the size' })
  const again = await claim(fresh.db, 'w')
  expect(again!.chunkScale).toBe(0.5)
  await failStep(fresh.db, { stepId, attempt: again!.attempt, workerId: 'w' }, { reason: 'It ran out of memory', cause: 'out-of-memory' })
  expect(await readRun(fresh.db, runId)).toMatchObject({ state: 'failed', reason: expect.stringContaining('again in pieces of half the size') })
  await retryRun(fresh.db, runId)
  expect((await claim(fresh.db, 'w'))!.chunkScale).toBe(1)
})

it('counts only attempts that got no further', async () => {
  const lost: Failure = { reason: 'Its process was killed (SIGKILL)', cause: 'lost-process' }
  for (let i = 1; i <= 8; i++) {
    await passPause()
    const claimed = await claim(fresh.db, 'w')
    const fence = { stepId, attempt: claimed!.attempt, workerId: 'w' }
    await recordReport(fresh.db, fence, { ...empty, progress: { done: i, total: 100, unit: 'steps', secondsLeft: null } })
    await failStep(fresh.db, fence, lost)
  }
  expect((await readRun(fresh.db, runId)).state).toBe('running')
  for (let i = 0; i < 6; i++) expect((await fail(lost)).state).toBe('queued')
  expect(await fail(lost)).toMatchObject({ state: 'failed', reason: 'Its process was killed (SIGKILL), 7 times without getting further' })
})

it('makes a damaged input again, in the run that needs it, and then goes on', async () => {
  const before = await readRun(fresh.db, runId)
  const imported = before.steps.find((s) => s.kind === 'import')!
  expect(imported).toMatchObject({ state: 'succeeded', reused: true })
  const failed = await fail({ reason: 'docs.text is damaged', cause: 'damaged-input', damagedKey: imported.artifactKey })
  expect(failed).toMatchObject({ state: 'waiting', reason: 'Waits for “Import”' })
  const during = await readRun(fresh.db, runId)
  expect(during.steps.find((s) => s.id === imported.id)).toMatchObject({ state: 'queued', reused: false })
  expect(await workAll(fresh.db, fresh.dataDir)).toContain('Import')
  expect((await readRun(fresh.db, runId)).state).toBe('succeeded')
})

it('gives a run that starts from another a step of its own for a damaged checkpoint of that', async () => {
  await workAll(fresh.db, fresh.dataDir)
  const { runIds } = await launchRuns(fresh.db, [starRun(datasetId, { kind: 'run', runId }, `star${seed}`)])
  const start = await readRun(fresh.db, runId)
  const checkpoint = start.steps.filter((s) => s.kind === 'train').at(-1)!
  const search = (await readRun(fresh.db, runIds[0])).steps.find((s) => s.label === 'Search the training queries')!
  const claimed = await claimStep(fresh.db, { stepId: search.id, workerId: 'w', leaseMs: 60_000 })
  await failStep(fresh.db, { stepId: search.id, attempt: claimed!.attempt, workerId: 'w' }, { reason: 'model.safetensors is damaged', cause: 'damaged-input', damagedKey: checkpoint.artifactKey })
  const labels = await workAll(fresh.db, fresh.dataDir)
  expect(labels.slice(0, 2)).toEqual(['Train to 4 again', 'Search the training queries'])
  const star = await readRun(fresh.db, runIds[0])
  expect(star.state).toBe('succeeded')
  expect((await fresh.db.checkpoint.findMany({ where: { runId: runIds[0] }, orderBy: { step: 'asc' } })).map((c) => c.step)).toEqual([2, 4])
  expect((await readRun(fresh.db, runId)).state).toBe('succeeded')
})

it('a step delivered twice runs once', async () => {
  await fresh.db.$transaction(async (tx) => sendSteps(await queueOf(fresh.db), tx, [stepId]))
  const taken = [await takeStep(fresh.db), await takeStep(fresh.db)]
  expect(taken).toEqual([stepId, stepId])
  const claims = await Promise.all(taken.map((_, i) => claim(i ? second : fresh.db, `w${i}`)))
  expect(claims.filter(Boolean)).toHaveLength(1)
})

it('gives out nothing while the queue is paused, and everything after', async () => {
  const kim = { name: 'kim', address: null }
  await pauseQueue(fresh.db, 'the disks are being changed', kim)
  expect(await takeStep(fresh.db)).toBeNull()
  expect(await claim(fresh.db, 'w')).toBeNull()
  expect((await readRun(fresh.db, runId)).steps.find((s) => s.id === stepId)!.reason).toBe('The queue is paused by kim: the disks are being changed')
  await resumeQueue(fresh.db, kim)
  expect(await takeStep(fresh.db)).toBe(stepId)
})

it('delivers a run with a higher priority first', async () => {
  const urgent = (await launchRuns(fresh.db, [warmupRun(datasetId, 'urgent', ++seed)])).runIds[0]
  await setPriority(fresh.db, urgent, 2)
  const taken = [await takeStep(fresh.db), await takeStep(fresh.db), await takeStep(fresh.db)]
  expect(taken[1]).toBe(stepId)
  expect((await fresh.db.step.findUnique({ where: { id: taken[0]! } }))!.runId).toBe(urgent)
  expect(taken[2]).toBeNull()
})

it('sends a queued step again whose job was lost', async () => {
  expect(await takeStep(fresh.db)).toBe(stepId) // and the worker dies before it claims
  await fresh.db.$executeRaw`UPDATE step SET queued_at = now() - interval '1 minute' WHERE id = ${stepId}`
  expect(await sweep()).toEqual({ lapsed: 0, resent: 1 })
  expect(await takeStep(fresh.db)).toBe(stepId)
})

it('cancels a run whose worker is gone', async () => {
  await claim(fresh.db, 'old', 0)
  await cancelRun(fresh.db, runId)
  expect((await readRun(fresh.db, runId)).state).toBe('cancelling')
  await sweep()
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
