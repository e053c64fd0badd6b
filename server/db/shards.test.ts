// A large encode or search step is shared out over the workers that are there, on a real Postgres.
import { afterAll, beforeAll, expect, it } from 'vitest'
import { ownCodes } from '@/contract/needs'
import { ENCODE_BLOCK_ROWS, SEARCH_BLOCK_ROWS } from '@/contract/shards'
import { createExampleDataset, warmupRun, workAll } from '@/tests/launch-examples'
import { freshDatabase, type FreshDatabase } from '@/tests/fresh-database'
import { launchRuns } from './launch'
import { readRun } from './runs'
import { registerWorker } from './workers'

/** A little more than 16 blocks of encoding and two of search. */
const DOCS = 2 * SEARCH_BLOCK_ROWS + 5

let fresh: FreshDatabase
let datasetId: string
beforeAll(async () => {
  fresh = await freshDatabase()
  datasetId = await createExampleDataset(fresh.db)
  await workAll(fresh.db, fresh.dataDir)
  const counts = { docs: DOCS, queries: { train: 4, dev: 2, test: 0, lead: 0 }, positives: { train: 4, dev: 2, test: 0, lead: 0 } }
  await fresh.db.dataset.update({ where: { id: datasetId }, data: { counts } })
})
afterAll(() => fresh.dispose())

const worker = (id: string, memoryBytes: number) => registerWorker(fresh.db, { id, host: id, pid: 1, cores: 2, memoryBytes, version: '1', devices: ['cpu'], codes: ownCodes(), slots: 1, store: '' })

it('is done whole where one worker is there', async () => {
  await worker('one', 8e9)
  await launchRuns(fresh.db, [warmupRun(datasetId, 'alone', 1)])
  expect((await workAll(fresh.db, fresh.dataDir)).filter((label) => label.includes('part'))).toEqual([])
})

it('is shared out over all that can, in whole blocks, and joined; the run ends as ever', async () => {
  await worker('two', 8e9)
  await worker('three', 8e9)
  await worker('tiny', 1e6) // cannot take any
  const { runIds } = await launchRuns(fresh.db, [warmupRun(datasetId, 'shared', 2)])
  const labels = await workAll(fresh.db, fresh.dataDir)
  expect(labels.filter((label) => label.startsWith('Encode documents at 2'))).toEqual(['Encode documents at 2, part 1 of 3', 'Encode documents at 2, part 2 of 3', 'Encode documents at 2, part 3 of 3', 'Encode documents at 2'])
  // a part of a search is at least one block
  expect(labels.filter((label) => label.startsWith('Search at 2'))).toEqual(['Search at 2, queries', 'Search at 2, part 1 of 2', 'Search at 2, part 2 of 2', 'Search at 2'])
  const run = await readRun(fresh.db, runIds[0])
  expect(run.state).toBe('succeeded')
  const rangesOf = async (kind: string) => (await fresh.db.step.findMany({ where: { runId: run.id, kind, label: { contains: 'at 2' } }, orderBy: { ordinal: 'asc' } })).map((step) => step.params as { from: number; to: number })
  expect((await rangesOf('encode-shard')).map(({ from, to }) => [from / ENCODE_BLOCK_ROWS, to])).toEqual([[0, 6 * ENCODE_BLOCK_ROWS], [6, 11 * ENCODE_BLOCK_ROWS], [11, DOCS]])
  expect((await rangesOf('retrieve-shard')).map(({ from, to }) => [from / SEARCH_BLOCK_ROWS, to])).toEqual([[0, 2 * SEARCH_BLOCK_ROWS], [2, DOCS]])
})
