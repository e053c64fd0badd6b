// Packed curves on a real Postgres: the same points before, packed, and unpacked by a retry; and their bytes.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { uniform } from '@/server/random/random'
import { createExampleDataset, warmupRun, workAll } from '@/tests/launch-examples'
import { freshDatabase, type FreshDatabase } from '@/tests/fresh-database'
import { launchRuns } from './launch'
import { packEndedRuns } from './metric-chunks'
import { readMetrics, recordMetrics } from './metrics'
import { packPoints, unpackBytes } from './point-pack'
import { retryFrom } from './retry'
import { readRun } from './runs'

describe('bytes', () => {
  const draw = uniform(1)
  const curve = (n: number, value: () => number) => Array.from({ length: n }, (_, i) => ({ step: 3 * i, value: value(), at: 1_790_000_000_000 + 250 * i + Math.floor(100 * draw()) }))

  it('hold every point as it was', () => {
    for (const points of [curve(1, draw), curve(5000, draw), curve(5000, () => Math.fround(draw())), [], [{ step: 2 ** 31 - 1, value: -1e300, at: 0 }], [{ step: 5, value: 1, at: 1_790_000_000_000 }, { step: 7, value: 2, at: 1_700_000_000_000 }]])
      expect(unpackBytes(packPoints(points))).toEqual(points)
  })

  it('are 7 a point of float32, 11 of float64', () => {
    expect(packPoints(curve(4096, () => Math.fround(draw()))).length / 4096).toBeLessThan(7.1)
    expect(packPoints(curve(4096, draw)).length / 4096).toBeLessThan(11.1)
  })

  it('that are cut off are noticed', () => {
    const bytes = packPoints(curve(100, draw))
    for (const end of [0, 1, 50, bytes.length - 1]) expect(() => unpackBytes(bytes.slice(0, end)), String(end)).toThrow(/packed curve/)
  })
})

describe('on Postgres', () => {
  let fresh: FreshDatabase
  let runId: string
  beforeAll(async () => {
    fresh = await freshDatabase()
    const datasetId = await createExampleDataset(fresh.db)
    runId = (await launchRuns(fresh.db, [warmupRun(datasetId)])).runIds[0]
    const points = Array.from({ length: 1500 }, (_, i) => ({ step: i, value: 1 / (i + 1) }))
    await recordMetrics(fresh.db, runId, 1, points.flatMap((point) => [{ name: 'loss', ...point }, { name: 'norm', ...point, step: 2 * point.step }]))
    await recordMetrics(fresh.db, runId, 1, Array.from({ length: 9000 }, (_, step) => ({ name: 'long', step, value: step % 7 })))
    await workAll(fresh.db, fresh.dataDir)
  })
  afterAll(() => fresh.dispose())
  const rows = () => fresh.db.metricPoint.count({ where: { runId } })

  it('curves of ended runs are packed, and read as before', async () => {
    const [before, stretch] = [await readMetrics(fresh.db, runId), await readMetrics(fresh.db, runId, { from: 1000, to: 1400 })]
    expect(before.loss).toHaveLength(1500)
    expect(await packEndedRuns(fresh.db)).toBe(0) // it has only just ended
    expect(await packEndedRuns(fresh.db, { afterSeconds: 0 })).toBe(1)
    expect(await packEndedRuns(fresh.db, { afterSeconds: 0 })).toBe(0)
    expect(await rows()).toBe(0)
    expect((await fresh.db.metricChunk.findMany({ where: { runId, name: 'long' } })).map(({ n }) => n)).toEqual([4096, 4096, 808])
    expect(await readMetrics(fresh.db, runId)).toEqual(before)
    expect(await readMetrics(fresh.db, runId, { from: 1000, to: 1400 })).toEqual(stretch)
  })

  it('a run that goes on has its rows again: a replayed point replaces the older one, the others stay', async () => {
    const before = await readMetrics(fresh.db, runId)
    const train = (await readRun(fresh.db, runId)).steps.find((step) => step.kind === 'train')!
    await retryFrom(fresh.db, runId, train.id)
    await recordMetrics(fresh.db, runId, 2, [{ name: 'loss', step: 700, value: 9 }])
    const after = await readMetrics(fresh.db, runId)
    expect(after.loss.map(({ value }) => value)).toEqual(before.loss.map(({ step, value }) => (step === 700 ? 9 : value)))
    expect(after.norm).toEqual(before.norm)
    expect(await rows()).toBe(1500 + 1500 + 9000)
    expect(await fresh.db.metricChunk.count({ where: { runId } })).toBe(0)
    // an older attempt is still kept out
    await recordMetrics(fresh.db, runId, 1, [{ name: 'loss', step: 700, value: 5 }])
    expect((await readMetrics(fresh.db, runId)).loss[700].value).toBe(9)
    await workAll(fresh.db, fresh.dataDir)
    expect(await packEndedRuns(fresh.db, { afterSeconds: 0 })).toBe(1)
    expect((await readMetrics(fresh.db, runId)).loss[700].value).toBe(9)
  })
})
