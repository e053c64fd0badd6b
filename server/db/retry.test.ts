// A step that is done again, and what was made of it, on a real Postgres: nothing older than it stays, nothing beside it is touched.
import fs from 'node:fs'
import path from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createExampleDataset, starRun, warmupRun, workAll } from '@/tests/launch-examples'
import { freshDatabase, type FreshDatabase } from '@/tests/fresh-database'
import { launchRuns } from './launch'
import { retryFrom } from './retry'
import { readRun } from './runs'
import { claimStep } from './steps'

let fresh: FreshDatabase
let datasetId: string
let runId: string
beforeAll(async () => {
  fresh = await freshDatabase()
  datasetId = await createExampleDataset(fresh.db)
  runId = (await launchRuns(fresh.db, [warmupRun(datasetId)])).runIds[0]
  await workAll(fresh.db, fresh.dataDir)
})
afterAll(() => fresh.dispose())

const stepOf = async (label: string) => (await readRun(fresh.db, runId)).steps.find((step) => step.label === label)!
const folder = (key: string) => path.join(fresh.dataDir, 'artifacts', key)

it('makes the step and everything made of it anew, and only that', async () => {
  const [chosen, before] = [await stepOf('Encode documents at 2'), await stepOf('Train to 4')]
  fs.writeFileSync(path.join(folder(chosen.artifactKey), 'old'), '')
  await retryFrom(fresh.db, runId, chosen.id)
  const during = await readRun(fresh.db, runId)
  expect(during.state).toBe('queued')
  expect(during.evaluations.map((evaluation) => evaluation.checkpointStep)).toEqual([4])
  expect(during.steps.filter((step) => step.state !== 'succeeded').map((step) => step.label)).toEqual(['Encode documents at 2', 'Search at 2', 'Evaluate at 2'])
  // a worker takes nothing that it still has for the artifact
  expect(await fresh.db.step.findUniqueOrThrow({ where: { id: chosen.id } })).toMatchObject({ remake: true, tries: 0 })
  expect(fs.existsSync(folder(chosen.artifactKey))).toBe(false)
  expect(await workAll(fresh.db, fresh.dataDir)).toEqual(['Encode documents at 2', 'Search at 2', 'Evaluate at 2'])
  const after = await readRun(fresh.db, runId)
  expect(after.state).toBe('succeeded')
  expect(after.evaluations.map((evaluation) => evaluation.checkpointStep)).toEqual([2, 4])
  expect(await stepOf('Encode documents at 2')).toMatchObject({ attempt: 2, artifactKey: chosen.artifactKey })
  expect(await stepOf('Train to 4')).toEqual(before)
  expect((await fresh.db.step.findUniqueOrThrow({ where: { id: chosen.id } })).remake).toBe(false)
})

it('from the first training on, checkpoints are made again too', async () => {
  await retryFrom(fresh.db, runId, (await stepOf('Train to 2')).id)
  expect(await fresh.db.checkpoint.count({ where: { runId } })).toBe(0)
  expect(await workAll(fresh.db, fresh.dataDir)).toEqual(['Train to 2', 'Encode documents at 2', 'Search at 2', 'Evaluate at 2', 'Train to 4', 'Encode documents at 4', 'Search at 4', 'Evaluate at 4'])
  expect(await fresh.db.checkpoint.count({ where: { runId } })).toBe(2)
})

it('refuses what others work with, what all share, a live run, and a step of another run', async () => {
  const { runIds } = await launchRuns(fresh.db, [starRun(datasetId, { kind: 'run', runId })])
  const next = await fresh.db.step.findFirstOrThrow({ where: { runId: runIds[0], state: 'queued' }, orderBy: { ordinal: 'asc' } })
  await claimStep(fresh.db, { stepId: next.id, workerId: 'w', leaseMs: 10_000 })
  const train = await stepOf('Train to 4')
  await expect(retryFrom(fresh.db, runId, train.id)).rejects.toMatchObject({ code: 'conflict', message: expect.stringMatching(/of run star works with what would be made again/) })
  await expect(retryFrom(fresh.db, runId, (await stepOf('Import')).id)).rejects.toMatchObject({ code: 'conflict', message: expect.stringMatching(/shared by all runs/) })
  await expect(retryFrom(fresh.db, runIds[0], next.id)).rejects.toMatchObject({ code: 'conflict', message: expect.stringMatching(/cancel it first/) })
  await expect(retryFrom(fresh.db, runId, next.id)).rejects.toMatchObject({ code: 'not-found' })
  expect((await readRun(fresh.db, runId)).state).toBe('succeeded')
})
