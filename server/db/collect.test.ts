// Garbage collection on a real Postgres: what it takes, what it leaves, and that a later run gets it back.
import fs from 'node:fs'
import path from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createExampleDataset, starRun, warmupRun, workAll } from '@/tests/launch-examples'
import { freshDatabase, type FreshDatabase } from '@/tests/fresh-database'
import { collect, planCollection } from './collect'
import { launchRuns } from './launch'
import { readLineageGraph } from './lineage'
import { readRun } from './runs'

let fresh: FreshDatabase
let datasetId: string
let warmup: string
beforeAll(async () => {
  fresh = await freshDatabase()
  datasetId = await createExampleDataset(fresh.db)
  warmup = (await launchRuns(fresh.db, [warmupRun(datasetId)])).runIds[0]
  await workAll(fresh.db, fresh.dataDir)
})
afterAll(() => fresh.dispose())

const root = () => path.join(fresh.dataDir, 'artifacts')
const kinds = async () => (await planCollection(fresh.db, { olderThanDays: 0, keepLast: 1, dryRun: true })).items.map((item) => item.kind).sort()

it('takes embeddings and checkpoints before the last of ended runs, and nothing of young ones', async () => {
  expect(await kinds()).toEqual(['encode', 'encode', 'train'])
  expect((await planCollection(fresh.db, { olderThanDays: 7, keepLast: 1, dryRun: true })).items).toEqual([])
})

it('keeps as many of the last checkpoints as it is told to, and the best on dev', async () => {
  const trains = async (keepLast: number) => (await planCollection(fresh.db, { olderThanDays: 0, keepLast, dryRun: true })).items.filter((item) => item.kind === 'train').length
  expect([await trains(1), await trains(2)]).toEqual([1, 0])
  const first = { runId: warmup, checkpointStep: 2 }
  const { id, measures } = await fresh.db.evaluation.findFirstOrThrow({ where: first })
  await fresh.db.evaluation.update({ where: { id }, data: { measures: { ...(measures as object), 'MRR@10': 0.9 } } })
  expect(await trains(1)).toBe(0)
  await fresh.db.evaluation.update({ where: { id }, data: { measures: measures as object } })
})

it('a dry run changes nothing', async () => {
  const { plan, removed } = await collect(fresh.db, { olderThanDays: 0, keepLast: 1, dryRun: true }, root())
  expect(plan.items).toHaveLength(3)
  expect(removed).toEqual({ keys: [], folders: [] })
  expect(fs.existsSync(path.join(root(), plan.items[0].key))).toBe(true)
})

it('leaves what a live run reads', async () => {
  const { runIds } = await launchRuns(fresh.db, [starRun(datasetId, { kind: 'run', runId: warmup })])
  expect(await kinds()).toEqual(['encode', 'train'])
  await workAll(fresh.db, fresh.dataDir)
  expect((await readRun(fresh.db, runIds[0])).state).toBe('succeeded')
  expect(await kinds()).toEqual(['encode', 'encode', 'encode', 'encode', 'mine', 'retrieve', 'train', 'train'])
})

it('a later run makes what was removed again, and only that', async () => {
  const { plan, removed } = await collect(fresh.db, { olderThanDays: 0, keepLast: 1, dryRun: false }, root())
  expect(removed.folders).toHaveLength(plan.items.length)
  const again = { ...starRun(datasetId, { kind: 'run', runId: warmup }, 'star-again'), config: { ...starRun(datasetId, { kind: 'run', runId: warmup }).config, depth: 20 } } as never
  const { runIds } = await launchRuns(fresh.db, [again])
  const labels = await workAll(fresh.db, fresh.dataDir)
  expect(labels).toContain('Encode documents at 4 again')
  for (const kept of ['Import', 'Tokenise', 'Train to 4']) expect(labels).not.toContain(kept)
  expect((await readRun(fresh.db, runIds[0])).state).toBe('succeeded')
})

it('the lineage of a run leads from its data to its rankings, over the run that it starts from', async () => {
  const star = await fresh.db.run.findFirstOrThrow({ where: { name: 'star' } })
  const { nodes, edges } = await readLineageGraph(fresh.db, star.id)
  const place = new Map(nodes.map((node, i) => [node.key, i]))
  expect(nodes[0].kind).toBe('import')
  expect(edges.every(({ from, to }) => place.get(from)! < place.get(to)!)).toBe(true)
  expect(nodes.filter((node) => node.kind === 'train').map((node) => node.runName)).toEqual(['warmup', 'warmup', 'star', 'star'])
  expect(edges.filter(({ role }) => role === 'negatives')).toHaveLength(2)
})
