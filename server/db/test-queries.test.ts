// Judging on test, on a real Postgres: kept apart from dev, in the run, in its table and in what is compared.
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createExampleDataset, exampleArtifact, warmupRun } from '@/tests/launch-examples'
import { freshDatabase, type FreshDatabase } from '@/tests/fresh-database'
import { findEvaluation } from './evaluations'
import { launchRuns } from './launch'
import { readRunPage } from './run-table'
import { RunsQuery } from '@/contract/run-table'
import { readRun } from './runs'
import { claimStep, publishStep } from './steps'

let fresh: FreshDatabase
beforeAll(async () => {
  fresh = await freshDatabase()
})
afterAll(() => fresh.dispose())

it('shows what test gave beside dev, and lets dev speak for the run', async () => {
  const datasetId = await createExampleDataset(fresh.db)
  const run = warmupRun(datasetId, 'tested')
  const { runIds } = await launchRuns(fresh.db, [{ ...run, config: { ...run.config, testQueries: 'last' } as typeof run.config }])
  for (;;) {
    const queued = await fresh.db.step.findFirst({ where: { runId: runIds[0], state: 'queued' }, orderBy: { ordinal: 'asc' } })
    const step = queued && (await claimStep(fresh.db, { stepId: queued.id, workerId: 'w', leaseMs: 10_000 }))
    if (!step) break
    const artifact = exampleArtifact(fresh.dataDir, step)
    const mrr = (step.params as { split?: string }).split === 'test' ? 0.9 : 0.4
    await publishStep(fresh.db, { stepId: step.id, attempt: step.attempt, workerId: 'w' }, step.kind === 'evaluate' ? { ...artifact, result: { measures: { 'MRR@10': mrr, 'R@100': 1, 'NDCG@10': mrr }, n: 2 } } : artifact)
  }
  const read = await readRun(fresh.db, runIds[0])
  expect(read.state).toBe('succeeded')
  expect(new Set(read.evaluations.map(({ split, measures }) => `${split} ${measures['MRR@10']}`))).toEqual(new Set(['dev 0.4']))
  expect(read.tests).toMatchObject([{ split: 'test', checkpointStep: read.evaluations.at(-1)!.checkpointStep, measures: { 'MRR@10': 0.9 } }])
  expect((await findEvaluation(fresh.db, runIds[0])).split).toBe('dev')
  const { items } = await readRunPage(fresh.db, RunsQuery.parse({ at: 'best' }))
  expect(items[0][0].evaluation).toMatchObject({ split: 'dev', measures: { 'MRR@10': 0.4 } })
  expect(items[0][0].tests).toHaveLength(1)
})

it('refuses to judge on a test split that has no queries', async () => {
  const datasetId = await createExampleDataset(fresh.db, 'without test')
  await fresh.db.dataset.update({ where: { id: datasetId }, data: { state: 'ready', counts: { docs: 3, queries: { train: 2, dev: 2, test: 0, lead: 0 }, positives: { train: 2, dev: 2, test: 0, lead: 0 } } } })
  const run = warmupRun(datasetId, 'untested')
  await expect(launchRuns(fresh.db, [{ ...run, config: { ...run.config, testQueries: 'last' } as typeof run.config }])).rejects.toMatchObject({ code: 'bad-input', fields: { 'config.testQueries': expect.any(String) } })
})
