// A sweep on a real Postgres: shared steps are made once, and a run that lies behind is stopped with the numbers.
import { afterAll, beforeAll, expect, it } from 'vitest'
import { expandSweep, NewSweep } from '@/contract/sweep'
import { uniform } from '@/server/random/random'
import { createExampleDataset, exampleArtifact, warmupRun, workAll } from '@/tests/launch-examples'
import { freshDatabase, type FreshDatabase } from '@/tests/fresh-database'
import { launchRuns } from './launch'
import { retryRun } from './retry'
import { readRun } from './runs'
import { claimStep, publishStep } from './steps'

let fresh: FreshDatabase
beforeAll(async () => {
  fresh = await freshDatabase()
})
afterAll(() => fresh.dispose())

/** Works on the steps of one run until none is queued; its evaluations come out at `mrr`. */
async function workOn(runId: string, mrr: number): Promise<void> {
  for (;;) {
    const queued = await fresh.db.step.findFirst({ where: { runId, state: 'queued' }, orderBy: { ordinal: 'asc' } })
    const step = queued && (await claimStep(fresh.db, { stepId: queued.id, workerId: 'w', leaseMs: 10_000 }))
    if (!step) return
    const artifact = exampleArtifact(fresh.dataDir, step)
    await publishStep(fresh.db, { stepId: step.id, attempt: step.attempt, workerId: 'w' }, step.kind === 'evaluate' ? { ...artifact, result: { measures: { 'MRR@10': mrr, 'R@100': 1, 'NDCG@10': mrr }, n: 2 } } : artifact)
  }
}

it('launches all runs of a grid, makes what they share once, and stops the one that lies behind', async () => {
  const datasetId = await createExampleDataset(fresh.db)
  const sweep = NewSweep.parse({ base: warmupRun(datasetId, 'sweep'), fields: [{ path: 'train.learningRate', values: [0.01, 0.02, 0.03, 0.04] }], earlyStop: { minRuns: 3 } })
  const { runIds } = await launchRuns(fresh.db, expandSweep(sweep, uniform), { earlyStop: sweep.earlyStop })
  expect(runIds).toHaveLength(4)
  for (const [i, mrr] of [0.5, 0.4, 0.6].entries()) await workOn(runIds[i], mrr)
  await workOn(runIds[3], 0.3)
  const states = await Promise.all(runIds.map((id) => readRun(fresh.db, id)))
  expect(states.map((run) => run.state)).toEqual(['succeeded', 'succeeded', 'succeeded', 'cancelled'])
  expect(states[3].reason).toBe('Stopped early: MRR@10 0.3000 at step 2 is below 0.5000, the median of 3 other runs of its sweep')
  expect(states[3].steps.filter((step) => step.state === 'cancelled').length).toBe(4)
  expect(await fresh.db.step.count({ where: { kind: 'tokenise', reused: false } })).toBe(1)

  // a person may let it go on all the same
  await retryRun(fresh.db, runIds[3])
  await workAll(fresh.db, fresh.dataDir)
  expect((await readRun(fresh.db, runIds[3])).state).toBe('succeeded')
})
