// The paper's table as one launch: a real worker trains and judges all of its models on a tiny collection, and makes once what they share.
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { paperTable } from '@/contract/presets'
import { isLive, NewRun, startOf } from '@/contract/run'
import { createDataset } from '@/server/db/datasets'
import { launchRuns } from '@/server/db/launch'
import { readRun } from '@/server/db/runs'
import { fingerprintSource } from '@/server/dataset/fingerprint'
import { freshDatabase, type FreshDatabase } from '@/tests/fresh-database'
import { writeTinyData } from '@/tests/e2e/tiny-data'
import { bundleChild } from './child-bundle'
import { startWorker, type RunningWorker } from './server'

const root = path.resolve('.')
let fresh: FreshDatabase
let worker: RunningWorker
beforeAll(async () => {
  fresh = await freshDatabase()
  const childFile = await bundleChild(root, path.join(root, 'jobs', 'child.ts'))
  worker = await startWorker({ db: fresh.db, url: fresh.url, dataDir: fresh.dataDir, childFile, slots: 2, log: () => undefined, beatMs: 200 })
})
afterAll(async () => {
  await worker.drain()
  await fresh.dispose()
})

/** The same recipe in little: a small encoder, few steps, small batches. */
function inLittle(run: NewRun): NewRun {
  const config = structuredClone(run.config) as Record<string, unknown>
  if ('encoder' in config) config.encoder = { vocabSize: 400, layers: 1, hidden: 32, heads: 2, ffn: 64, dim: 32, pooling: 'mean', maxQueryTokens: 16, maxDocTokens: 24 }
  if ('train' in config) config.train = { ...(config.train as object), steps: 4, batchSize: 16, checkpoints: 1 }
  if ('mineDepth' in config) config.mineDepth = 20
  if ('topK' in config) Object.assign(config, { topK: 20, metricCut: 20 })
  return NewRun.parse({ ...run, config })
}

it('trains the six models, STAR and ADORE from those that the paper names', async () => {
  const source = { kind: 'tsv', folder: path.join(fresh.dataDir, 'source') } as const
  writeTinyData(source.folder)
  const datasetId = await createDataset(fresh.db, { name: 'tiny', source }, fingerprintSource(source))
  const table = paperTable(datasetId).map(inLittle)
  const { runIds } = await launchRuns(fresh.db, table)
  const runs = []
  for (const id of runIds) {
    let run = await readRun(fresh.db, id)
    for (; isLive(run.state); run = await readRun(fresh.db, id)) await sleep(100)
    expect(run, run.name).toMatchObject({ state: 'succeeded', reason: null })
    runs.push(run)
  }
  const nameOf = new Map(runs.map((run) => [run.id, run.name]))
  expect(runs.map((run) => [run.name, run.startRunId && nameOf.get(run.startRunId)])).toEqual([
    ['bm25', null],
    ['in-batch', null],
    ['random', null],
    ['bm25-negatives', null],
    ['star', 'bm25-negatives'],
    ['adore-in-batch', 'in-batch'],
    ['adore-random', 'random'],
    ['adore-star', 'star'],
  ])
  for (const run of runs) {
    expect(run.evaluations.at(-1)!.checkpointStep, run.name).toBe(run.method === 'bm25' ? 0 : 4)
    expect(run.evaluations.at(-1)!.n, run.name).toBe(runs[0].evaluations[0].n)
  }

  // one artifact a key, made once: nothing that two runs need was made twice
  const made = runs.flatMap((run) => run.steps).filter((step) => !step.reused)
  expect(new Set(made.map((step) => step.artifactKey)).size).toBe(made.length)
  expect(runs.flatMap((run) => run.steps).filter((step) => step.kind === 'tokenise' && !step.reused)).toHaveLength(1)
  // ADORE judges its start with the very ranking of the run that it starts from, and searches that run's documents
  for (const run of runs.filter(({ method }) => method === 'adore')) {
    const before = runs.find(({ id }) => id === run.startRunId)!
    expect(run.steps.some((step) => step.kind === 'encode'), run.name).toBe(false)
    expect(run.evaluations[0].measures, run.name).toEqual(before.evaluations.at(-1)!.measures)
    expect(startOf(run.config)).toEqual({ kind: 'run', runId: before.id })
  }
}, 180_000)
