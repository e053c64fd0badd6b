// Training curves on a real Postgres: whole while short, thinned with their extremes while long, whole again inside a stretch, and right after a replay.
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createExampleDataset, warmupRun } from '@/tests/launch-examples'
import { freshDatabase, type FreshDatabase } from '@/tests/fresh-database'
import { launchRuns } from './launch'
import { readCurves, readMetrics, recordMetrics } from './metrics'

let fresh: FreshDatabase
let runId: string
beforeAll(async () => {
  fresh = await freshDatabase()
  runId = (await launchRuns(fresh.db, [warmupRun(await createExampleDataset(fresh.db))])).runIds[0]
})
afterAll(() => fresh.dispose())

const points = (name: string, from: number, to: number, value: (step: number) => number) => Array.from({ length: to - from }, (_, i) => ({ name, step: from + i, value: value(from + i) }))

it('reads a short curve whole', async () => {
  await recordMetrics(fresh.db, runId, 1, points('short', 0, 300, (step) => step))
  expect((await readMetrics(fresh.db, runId)).short.map(({ step, value, of }) => [step, value, of])).toEqual(points('short', 0, 300, (step) => step).map(({ step, value }) => [step, value, undefined]))
})

it('thins a long curve, keeps its extremes and ends, and says what each point stands for', async () => {
  await recordMetrics(fresh.db, runId, 1, points('long', 0, 150_000, (step) => (step === 77_777 ? 99 : step === 88_888 ? -99 : 1)))
  const { long } = await readMetrics(fresh.db, runId)
  expect(long.length).toBeLessThanOrEqual(4 * 512)
  for (const extreme of [{ step: 77_777, value: 99 }, { step: 88_888, value: -99 }, { step: 0, value: 1 }, { step: 149_999, value: 1 }]) expect(long).toContainEqual(expect.objectContaining(extreme))
  expect(long.reduce((sum, { of }) => sum + of!.n, 0)).toBe(150_000)
  expect(long.reduce((sum, { of }) => sum + of!.n * of!.mean, 0)).toBeCloseTo(149_998, 5)
})

it('reads one curve of several runs as it reads all of one', async () => {
  const { long, short } = await readMetrics(fresh.db, runId)
  expect(await readCurves(fresh.db, [runId, 'gone'], 'long')).toEqual(new Map([[runId, long]]))
  expect(await readCurves(fresh.db, [runId], 'short')).toEqual(new Map([[runId, short]]))
})

it('reads every point of a stretch', async () => {
  const { long } = await readMetrics(fresh.db, runId, { from: 77_000, to: 78_500 })
  expect(long).toHaveLength(1501)
  expect(long.every(({ of }) => of === undefined)).toBe(true)
})

it('replaces what a resumed attempt replays, in the buckets too, and ignores an older attempt', async () => {
  await recordMetrics(fresh.db, runId, 2, [{ name: 'long', step: 77_777, value: 1 }])
  await recordMetrics(fresh.db, runId, 1, [{ name: 'long', step: 10, value: 500 }, { name: 'long', step: 88_888, value: 500 }])
  await recordMetrics(fresh.db, runId, 1, [{ name: 'long', step: 77_777, value: 500 }])
  const values = (await readMetrics(fresh.db, runId)).long.map(({ value }) => value)
  expect(Math.max(...values)).toBe(500)
  expect(values.filter((value) => value === 500)).toHaveLength(2)
})
