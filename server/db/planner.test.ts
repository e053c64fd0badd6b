// Plans on a real Postgres: estimates, what past steps correct, and the number that does not fit.
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createExampleDataset, starRun, warmupRun, workAll } from '@/tests/launch-examples'
import { freshDatabase, type FreshDatabase } from '@/tests/fresh-database'
import { ownCodes } from '@/contract/needs'
import { launchRuns, previewLaunch } from './launch'
import { registerWorker } from './workers'

let fresh: FreshDatabase
let datasetId: string
beforeAll(async () => {
  fresh = await freshDatabase()
  datasetId = await createExampleDataset(fresh.db)
})
afterAll(() => fresh.dispose())

const pipeline = () => [warmupRun(datasetId), starRun(datasetId, { kind: 'sibling', name: 'warmup' })]

it('plans every step of every run and leaves nothing behind', async () => {
  const plan = await previewLaunch(fresh.db, pipeline(), { roomBytes: 1e12 })
  expect(plan.runs.map((run) => run.name)).toEqual(['warmup', 'star'])
  expect(plan.refusals).toEqual([])
  expect(plan.seconds).toBeNull()
  expect(plan.memoryBytes).toBeGreaterThan(1e8)
  // what the warm-up makes is not made again
  expect(plan.runs[1].steps.filter((step) => step.reused).map((step) => step.label)).toEqual(['Import', 'Tokenise', 'Search at 0', 'Evaluate at 0'])
  expect(await fresh.db.run.count()).toBe(0)
  expect(await fresh.db.step.count({ where: { runId: { not: null } } })).toBe(0)
})

it('knows times and peaks of steps that have run here', async () => {
  await launchRuns(fresh.db, [warmupRun(datasetId, 'past', 77)])
  await workAll(fresh.db, fresh.dataDir)
  await fresh.db.$executeRaw`UPDATE step SET started_at = now() - interval '10 seconds', finished_at = now() WHERE run_id IS NOT NULL AND NOT reused`
  const { id } = await fresh.db.step.findFirstOrThrow({ where: { kind: 'train', reused: false } })
  await fresh.db.resourceSample.create({ data: { stepId: id, attempt: 1, at: new Date(), cores: 1, memoryBytes: 4_000_000_000n } })
  const plan = await previewLaunch(fresh.db, [warmupRun(datasetId, 'next', 78)])
  const train = plan.runs[0].steps.find((step) => step.kind === 'train')!
  expect(train.measured).toBe(true)
  expect(train.seconds).toBeCloseTo(10, 5)
  expect(train.memoryBytes).toBeCloseTo(4e9 * 1.25, -3)
  expect(plan.seconds).toBeGreaterThan(10)
})

it('refuses with the number that does not fit, in the plan and at the launch', async () => {
  await registerWorker(fresh.db, { id: 'small', host: 'h', pid: 1, cores: 1, memoryBytes: 2e9, version: '1', devices: ['cpu'], codes: ownCodes(), slots: 1, store: '' })
  const runs = [warmupRun(datasetId, 'large', 79)]
  const plan = await previewLaunch(fresh.db, runs, { roomBytes: 0 })
  expect(plan.refusals).toEqual([
    expect.stringMatching(/^“Train to 2” of large needs about 5\.0 GB of memory, the largest worker has 2\.0 GB/),
    expect.stringMatching(/^The artifacts need about 0\.0 GB of disk, 0\.0 GB are free/),
  ])
  await expect(launchRuns(fresh.db, runs)).rejects.toMatchObject({ code: 'conflict', message: expect.stringContaining('the largest worker has 2.0 GB') })
  expect(await fresh.db.run.count({ where: { name: 'large' } })).toBe(0)
})
