// The job server with real processes and a real Postgres; only the steps are quick ones (tests/fake-child.ts).
import { spawn } from 'node:child_process'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { isLive, type RunDetail } from '@/contract/run'
import { readEvents } from '@/server/db/events'
import { readLog } from '@/server/db/logs'
import { launchRuns } from '@/server/db/launch'
import { readMetrics } from '@/server/db/metrics'
import { retryRun } from '@/server/db/retry'
import { cancelRun, readRun } from '@/server/db/runs'
import { freshDatabase, type FreshDatabase } from '@/tests/fresh-database'
import { SEEDS } from '@/tests/fake-seeds'
import { createExampleDataset, starRun, warmupRun } from '@/tests/launch-examples'
import { bundleChild } from './child-bundle'
import { startWorker, type RunningWorker } from './server'

const root = path.resolve('.')
let fresh: FreshDatabase
let childFile: string
let datasetId: string
let worker: RunningWorker

// a grace longer than any wait here: a step that had to be killed to end would fail its test
const start = () => startWorker({ db: fresh.db, url: fresh.url, dataDir: fresh.dataDir, childFile, slots: 1, log: () => undefined, beatMs: 200, leaseMs: 2000, graceMs: 60_000 })
const launch = async (seed: number) => (await launchRuns(fresh.db, [warmupRun(datasetId, `seed${seed}`, seed)])).runIds[0]

async function until(runId: string, what: (run: RunDetail) => boolean, timeoutMs = 30_000): Promise<RunDetail> {
  const deadline = Date.now() + timeoutMs
  for (;;) {
    const run = await readRun(fresh.db, runId)
    if (what(run)) return run
    if (Date.now() > deadline) throw new Error(`run is ${run.state}: ${JSON.stringify(run.steps.map((s) => [s.label, s.state, s.reason]))}`)
    await sleep(25)
  }
}
const ended = (run: RunDetail) => !isLive(run.state)
const training = (run: RunDetail) => run.steps.some((s) => s.kind === 'train' && s.state === 'running' && s.progress)

beforeAll(async () => {
  fresh = await freshDatabase()
  childFile = await bundleChild(root, path.join(root, 'tests', 'fake-child.ts'))
  datasetId = await createExampleDataset(fresh.db)
  worker = await start()
})
afterAll(async () => {
  await worker.drain()
  await fresh.dispose()
})

describe('job server', () => {
  it('runs a pipeline to its end, with curves, evaluations and events in order', async () => {
    const { runIds } = await launchRuns(fresh.db, [warmupRun(datasetId), starRun(datasetId, { kind: 'sibling', name: 'warmup' })])
    const run = await until(runIds[0], ended)
    expect(run).toMatchObject({ state: 'succeeded', reason: null })
    expect((await readMetrics(fresh.db, runIds[0])).loss.map((p) => p.step)).toEqual([0, 1, 2, 3])
    const star = await until(runIds[1], ended)
    expect(star.state).toBe('succeeded')
    const events = await readEvents(fresh.db, { runId: runIds[0], after: 0n, limit: 1000 })
    expect(events.map((e) => BigInt(e.id))).toEqual(events.map((e) => BigInt(e.id)).sort((a, b) => (a < b ? -1 : 1)))
    expect(events.at(-1)!.body).toMatchObject({ type: 'run-state', state: 'succeeded' })
  })

  it('cancels a running step, keeps its state, and goes on from it', async () => {
    const id = await launch(SEEDS.slow)
    await until(id, training)
    await cancelRun(fresh.db, id)
    const run = await until(id, ended)
    expect(run.state).toBe('cancelled')
    const before = (await readMetrics(fresh.db, id)).loss.length
    await retryRun(fresh.db, id)
    await until(id, (r) => training(r))
    const { lines } = await readLog(fresh.db, { runId: id, limit: 50 })
    const begun = lines.filter((l) => l.line.startsWith('begins at')).map((l) => Number(l.line.split(' ').at(-1)))
    expect(begun[0]).toBe(0)
    expect(begun[1]).toBeGreaterThan(0)
    expect(begun[1]).toBeLessThanOrEqual(before)
    await cancelRun(fresh.db, id)
    await until(id, ended)
  })

  it('cancels a step that loops synchronously', async () => {
    const id = await launch(SEEDS.spins)
    await until(id, (r) => r.steps.some((s) => s.kind === 'train' && s.state === 'running'))
    await sleep(300)
    await cancelRun(fresh.db, id)
    const run = await until(id, ended)
    expect(run.state).toBe('cancelled')
  })

  it('does not retry bad input, and says why the run failed', async () => {
    const run = await until(await launch(SEEDS.badInput), ended)
    expect(run).toMatchObject({ state: 'failed', reason: '“Train to 2” failed: the learning rate is too high; lower it' })
    expect(run.steps.find((s) => s.state === 'failed')!.attempt).toBe(1)
  })

  it('begins a step whose process is killed again, until five attempts got no further', async () => {
    const run = await until(await launch(SEEDS.dies), ended)
    expect(run.state).toBe('failed')
    expect(run.steps.find((s) => s.state === 'failed')).toMatchObject({ attempt: 7, reason: expect.stringContaining('was killed (SIGKILL), 7 times without getting further') })
  })

  it('gives a step back when it is stopped, and the next worker goes on with it', async () => {
    const slow = (await launchRuns(fresh.db, [warmupRun(datasetId, 'drained', SEEDS.slow)])).runIds[0]
    await until(slow, training)
    await worker.drain()
    const run = await readRun(fresh.db, slow)
    expect(run.steps.find((s) => s.kind === 'train')).toMatchObject({ state: 'queued', reason: expect.stringContaining('Its worker was stopped') })
    worker = await start()
    expect(await until(slow, ended)).toMatchObject({ state: 'succeeded' })
  })
})

describe('a worker that is killed', () => {
  it('loses its step to another one, which goes on from the saved state; nothing of the old attempt is written', async () => {
    await worker.drain()
    const other = spawn(process.execPath, ['--import', 'tsx', 'tests/fake-worker.ts', childFile], { env: process.env, stdio: ['ignore', 'inherit', 'inherit'] })
    const { runIds } = await launchRuns(fresh.db, [{ name: 'orphaned', config: { ...warmupRun(datasetId).config, seed: SEEDS.slow, depth: 11, train: { steps: 400, batchSize: 4, learningRate: 0.02, warmupShare: 0, weightDecay: 0, temperature: 1, checkpoints: 1 } } as never }])
    await until(runIds[0], (run) => run.steps.some((s) => s.kind === 'train' && s.state === 'running' && (s.progress?.done ?? 0) > 10))
    other.kill('SIGKILL')
    await new Promise((resolve) => other.once('exit', resolve))
    worker = await start()
    const run = await until(runIds[0], (r) => r.steps.some((s) => s.kind === 'train' && s.attempt === 2 && s.progress !== null))
    expect(run.id).toBe(runIds[0])
    const done = await until(runIds[0], ended)
    expect(done.state).toBe('succeeded')
    const { lines } = await readLog(fresh.db, { runId: runIds[0], limit: 50 })
    expect(Number(lines.filter((l) => l.line.startsWith('begins at')).at(-1)!.line.split(' ').at(-1))).toBeGreaterThan(0)
    // what the killed worker had heard but not yet written is told again: no point is missing, none is there twice
    const steps = (await readMetrics(fresh.db, runIds[0])).loss.map((p) => p.step)
    expect(steps).toEqual(Array.from({ length: 200 }, (_, i) => i))
  })
})
