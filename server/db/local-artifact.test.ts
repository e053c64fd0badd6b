// Deleting runs and collecting garbage removes objects from an S3 store, on a real Postgres and a real S3 server.
import fs from 'node:fs'
import path from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { publishArtifact } from '@/server/files/artifact'
import { bm25Run, createExampleDataset, warmupRun } from '@/tests/launch-examples'
import { freshDatabase, type FreshDatabase } from '@/tests/fresh-database'
import { availableS3Servers, type S3Server } from '@/tests/s3-servers'
import { launchRuns } from './launch'
import { artifactStore, collectGarbage, removeArtifacts } from './local-artifact'
import { artifactsDir } from './location'
import { deleteRun } from './runs'
import { claimStep, publishStep } from './steps'

const RESULTS: Record<string, unknown> = {
  import: { docs: 10, queries: { train: 4, dev: 2, test: 0, lead: 0 }, positives: { train: 4, dev: 2, test: 0, lead: 0 } },
  evaluate: { measures: { 'MRR@10': 0.75, 'R@100': 1, 'NDCG@10': 0.8 }, n: 2 },
}
let fresh: FreshDatabase
let s3: S3Server
let datasetId: string

beforeAll(async () => {
  fresh = await freshDatabase()
  s3 = await availableS3Servers()[0].start()
  Object.assign(process.env, { DRHARD_ARTIFACTS: `s3://${s3.bucket}/studio`, DRHARD_S3_ENDPOINT: s3.endpoint, AWS_ACCESS_KEY_ID: s3.accessKeyId, AWS_SECRET_ACCESS_KEY: s3.secretAccessKey })
  datasetId = await createExampleDataset(fresh.db)
  await work()
})
afterAll(async () => {
  for (const name of ['DRHARD_ARTIFACTS', 'DRHARD_S3_ENDPOINT', 'AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY']) delete process.env[name]
  await s3.stop()
  await fresh.dispose()
})

/** Works as a worker would: publishes in the folder, then in the store, then in the database. */
async function work(): Promise<void> {
  for (;;) {
    const queued = await fresh.db.step.findFirst({ where: { state: 'queued' }, orderBy: { ordinal: 'asc' } })
    if (!queued) return
    const step = (await claimStep(fresh.db, { stepId: queued.id, workerId: 'w', leaseMs: 10_000 }))!
    const manifest = await publishArtifact(artifactsDir(), step, async (dir) => {
      fs.writeFileSync(path.join(dir, 'per-query.json'), JSON.stringify({ queryRows: [4, 5], values: { 'MRR@10': [1, 0.5], 'R@100': [1, 1], 'NDCG@10': [1, 0.6] } }))
      return RESULTS[step.kind] ?? null
    })
    await artifactStore().publish(step.key)
    await publishStep(fresh.db, { stepId: step.id, attempt: step.attempt, workerId: 'w' }, manifest)
  }
}

const keysOf = async (runId: string) => (await fresh.db.step.findMany({ where: { runId } })).map((step) => step.key)
const stored = async () => (await artifactStore().list()).map(({ key }) => key).sort()
const onDisk = () => fs.readdirSync(artifactsDir()).sort()

it('removes what only a deleted run needed, here and in the store', async () => {
  const { runIds } = await launchRuns(fresh.db, [bm25Run(datasetId), warmupRun(datasetId)])
  await work()
  const kept = (await keysOf(runIds[0])).sort()
  expect(await stored()).toEqual([...new Set([...kept, ...(await keysOf(runIds[1]))])].sort())
  await removeArtifacts(await deleteRun(fresh.db, runIds[1], artifactsDir()))
  expect(await stored()).toEqual(kept)
  expect(onDisk()).toEqual(kept)
})

it('garbage collection takes embeddings from both, and what the store has and nobody knows for a day', async () => {
  const { runIds } = await launchRuns(fresh.db, [warmupRun(datasetId, 'again', 2)])
  await work()
  const encoded = (await fresh.db.step.findMany({ where: { runId: runIds[0], kind: 'encode' } })).map((step) => step.key)
  for (const key of ['left', 'young']) {
    await publishArtifact(artifactsDir(), { key, kind: 'encode' }, async (dir) => fs.writeFileSync(path.join(dir, 'x'), 'x'))
    await artifactStore().publish(key)
    fs.rmSync(path.join(artifactsDir(), key), { recursive: true })
  }
  // s3rver keeps times in its files
  for (const name of fs.readdirSync(path.join(s3.folder, 'studio', 'left'))) fs.utimesSync(path.join(s3.folder, 'studio', 'left', name), new Date(0), new Date(0))
  const request = { olderThanDays: 0, keepLast: 1, dryRun: true }
  const planned = await collectGarbage(fresh.db, request)
  expect(planned.items.map(({ key }) => key)).toEqual(expect.arrayContaining([...encoded, 'left']))
  expect(planned.items.find(({ key }) => key === 'left')).toMatchObject({ kind: 'unknown', reason: 'the store has it, the database does not know it' })
  expect(await stored()).toEqual(expect.arrayContaining([...encoded, 'left', 'young']))

  await collectGarbage(fresh.db, { ...request, dryRun: false })
  const after = await stored()
  for (const key of [...encoded, 'left']) expect(after).not.toContain(key)
  expect(after).toContain('young')
  expect(onDisk()).not.toEqual(expect.arrayContaining([encoded[0]]))
})
