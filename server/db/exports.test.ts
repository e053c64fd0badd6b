// Exports on a real Postgres: ordered of a run that has ended, which stays ended; made once; again where one failed or was removed.
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createExampleDataset, warmupRun, workAll } from '@/tests/launch-examples'
import { freshDatabase, type FreshDatabase } from '@/tests/fresh-database'
import { collect } from './collect'
import { exportPlan, orderExport } from './exports'
import { launchRuns } from './launch'
import { readRun } from './runs'
import { claimStep, failStep } from './steps'

let fresh: FreshDatabase
let runId: string
beforeAll(async () => {
  fresh = await freshDatabase()
  runId = (await launchRuns(fresh.db, [warmupRun(await createExampleDataset(fresh.db))])).runIds[0]
})
afterAll(() => fresh.dispose())

const work = () => workAll(fresh.db, fresh.dataDir)
const exportsOf = async () => (await readRun(fresh.db, runId)).steps.filter((step) => step.kind === 'export').map(({ label, state }) => `${label}: ${state}`)

it('is refused before there is a checkpoint, with those that there are', async () => {
  await expect(orderExport(fresh.db, runId, { format: 'onnx' })).rejects.toMatchObject({ code: 'bad-input', message: 'Run warmup has no checkpoint; it has none' })
  await work()
  await expect(orderExport(fresh.db, runId, { format: 'onnx', checkpoint: 3 })).rejects.toThrow('Run warmup has no checkpoint at step 3; it has 2, 4')
})

it('is one more step of the run, which stays as it ended; the same is not made twice', async () => {
  const before = await readRun(fresh.db, runId)
  const id = await orderExport(fresh.db, runId, { format: 'onnx' })
  expect(await orderExport(fresh.db, runId, { format: 'onnx' })).toBe(id)
  await orderExport(fresh.db, runId, { format: 'hugging-face', checkpoint: 2 })
  expect(await exportsOf()).toEqual(['Export at 4: ONNX: queued', 'Export at 2: Hugging Face folder: queued'])
  expect(await work()).toEqual(['Export at 4: ONNX', 'Export at 2: Hugging Face folder'])
  expect(await orderExport(fresh.db, runId, { format: 'onnx' })).toBe(id)
  const after = await readRun(fresh.db, runId)
  expect([after.state, after.finishedAt]).toEqual(['succeeded', before.finishedAt])
  expect(after.files.filter((file) => file.stepId === id)).toHaveLength(1)
})

it('has a card with the measures and what the run goes back to', async () => {
  const { params, checkpointStep } = await exportPlan(fresh.db, runId, { format: 'onnx' })
  expect(checkpointStep).toBe(4)
  expect(params.card).toMatch(/# warmup, checkpoint 4[\s\S]*\| MRR@10 \| 0\.7500 \| dev \| 2 \|[\s\S]*- warmup: In-batch negatives on example\n {2}- random weights/)
})

it('that failed is made again when it is ordered again; the run is not failed by it', async () => {
  const id = await orderExport(fresh.db, runId, { format: 'hugging-face' })
  const claimed = (await claimStep(fresh.db, { stepId: id, workerId: 'w1', leaseMs: 10_000 }))!
  await failStep(fresh.db, { stepId: id, attempt: claimed.attempt, workerId: 'w1' }, { reason: 'too large', cause: 'bad-input' })
  expect((await exportsOf()).at(-1)).toBe('Export at 4: Hugging Face folder: failed')
  expect((await readRun(fresh.db, runId)).state).toBe('succeeded')
  expect(await orderExport(fresh.db, runId, { format: 'hugging-face' })).toBe(id)
  expect(await work()).toEqual(['Export at 4: Hugging Face folder'])
})

it('may be removed to make room, and is then made again; without its checkpoint it is refused', async () => {
  const { plan } = await collect(fresh.db, { olderThanDays: 0, keepLast: 1, dryRun: false }, `${fresh.dataDir}/artifacts`)
  expect(plan.items.map((item) => item.kind).sort()).toEqual(['encode', 'encode', 'export', 'export', 'export', 'train'])
  await orderExport(fresh.db, runId, { format: 'onnx' })
  expect(await work()).toEqual(['Export at 4: ONNX'])
  await expect(orderExport(fresh.db, runId, { format: 'onnx', checkpoint: 2 })).rejects.toMatchObject({ code: 'conflict', message: expect.stringMatching(/checkpoint 2 were removed/) })
})
