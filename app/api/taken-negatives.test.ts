// The hard negatives of a STAR run that took them over from a DRhard data folder, on a real Postgres with a real worker: shown as hard.json has
// them, without scores, and left out of the next run where they were judged relevant here.
import fs from 'node:fs'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { TRAIN_DEFAULTS } from '@/contract/presets'
import { MinedNegatives, TrainedAgainst } from '@/contract/query'
import { isLive, Launched, RunDetail } from '@/contract/run'
import { DatasetSummary } from '@/contract/dataset'
import { bundleChild } from '@/jobs/child-bundle'
import { startWorker, type RunningWorker } from '@/jobs/server'
import { openDataset } from '@/server/dataset/dataset'
import { readQueryOffsets } from '@/server/dataset/given-results'
import { importedKey } from '@/server/db/datasets'
import { database } from '@/server/db/client'
import { localArtifact } from '@/server/db/local-artifact'
import { closeQueue } from '@/server/db/queue'
import { freshDatabase, type FreshDatabase } from '@/tests/fresh-database'
import { describeShared } from '@/tests/shared-data'
import * as datasetsRoute from './datasets/route'
import * as judgementsRoute from './datasets/[id]/judgements/route'
import * as trainedRoute from './runs/[id]/negatives/[row]/route'
import * as negativesRoute from './runs/[id]/negatives/route'
import * as runRoute from './runs/[id]/route'
import * as runsRoute from './runs/route'

type Handler<P> = (request: Request, context: { params: Promise<P> }) => Promise<Response>
const ask = async <P>(handler: Handler<P>, params: P, init?: RequestInit) => (await handler(new Request('http://x/api', init), { params: Promise.resolve(params) })).json()
const post = (body: unknown): RequestInit => ({ method: 'POST', body: JSON.stringify(body) })

describeShared('negatives of a DRhard folder', 'goldens/pipeline/data/passage', (folder) => {
  let fresh: FreshDatabase
  let worker: RunningWorker
  let datasetId: string
  let star: RunDetail

  async function untilEnded(id: string): Promise<RunDetail> {
    for (;;) {
      const run = RunDetail.parse(await ask(runRoute.GET, { id }))
      if (!isLive(run.state)) return run
      await sleep(50)
    }
  }

  beforeAll(async () => {
    fresh = await freshDatabase()
    const childFile = await bundleChild(path.resolve('.'), path.resolve('jobs/child.ts'))
    worker = await startWorker({ db: fresh.db, url: fresh.url, dataDir: fresh.dataDir, childFile, slots: 1, log: () => undefined })
    datasetId = DatasetSummary.parse(await ask(datasetsRoute.POST, {}, post({ name: 'golden', source: { kind: 'drhard', folder } }))).id
    const common = { datasetId, seed: 1, depth: 20, device: 'auto' }
    const train = { ...TRAIN_DEFAULTS, steps: 2, batchSize: 8, learningRate: 1e-4, temperature: 1, checkpoints: 1 }
    const encoder = { vocabSize: 300, layers: 1, hidden: 32, heads: 2, ffn: 64, dim: 32, pooling: 'first', maxQueryTokens: 12, maxDocTokens: 32 }
    const runs = [
      { name: 'warm-up', config: { method: 'in-batch', ...common, encoder, train } },
      { name: 'star', config: { method: 'star', ...common, start: { kind: 'sibling', name: 'warm-up' }, train, mineDepth: 15, negativesPerQuery: 1, negativesFrom: 'warmup_retrieve' } },
    ]
    const launched = Launched.parse(await ask(runsRoute.POST, {}, post({ runs })))
    star = await untilEnded(launched.runs[1].id)
  })
  afterAll(async () => {
    await worker.drain()
    await closeQueue(database())
    await database().$disconnect()
    await fresh.dispose()
  })

  it('shows a query’s negatives in the order of hard.json', async () => {
    expect(star.state).toBe('succeeded')
    const dir = await localArtifact(await importedKey(fresh.db, datasetId))
    const rowOfOffset = readQueryOffsets(dir, 'train')
    const dataset = openDataset(dir)
    for (const [offset, docs] of Object.entries(JSON.parse(fs.readFileSync(path.join(folder, 'warmup_retrieve/hard.json'), 'utf8')) as Record<string, number[]>)) {
      const against = TrainedAgainst.parse(await ask(trainedRoute.GET, { id: star.id, row: String(rowOfOffset[Number(offset)]) }))
      expect(against.reason).toBeNull()
      expect(against.negatives.map(({ row, rank, score }) => [row, rank, score])).toEqual(docs.slice(0, 15).map((row, i) => [row, i + 1, null]))
      expect(against.positives.every(({ rank, score }) => rank === null && score === null)).toBe(true)
    }
    dataset.close()
  })

  it('sums them up without scores, and leaves out what was judged relevant here', async () => {
    const found = MinedNegatives.parse(await ask(negativesRoute.GET, { id: star.id }))
    expect(found).toMatchObject({ takenFrom: 'warmup_retrieve', above: 0, near: 0, margins: null, excludable: 0, excluded: 0 })
    expect(found.looked).toBeGreaterThan(0)
    const dataset = openDataset(await localArtifact(await importedKey(fresh.db, datasetId)))
    const queryRow = dataset.queryRows('train')[0]
    dataset.close()
    const before = TrainedAgainst.parse(await ask(trainedRoute.GET, { id: star.id, row: String(queryRow) }))
    const docRow = before.negatives[0].row
    await ask(judgementsRoute.PUT, { id: datasetId }, { method: 'PUT', body: JSON.stringify({ queryRow, docRow, grade: 1 }) })
    expect(MinedNegatives.parse(await ask(negativesRoute.GET, { id: star.id })).excludable).toBe(1)
    const { runs } = Launched.parse(await ask(negativesRoute.POST, { id: star.id }, post({ name: 'audited' })))
    expect((await untilEnded(runs[0].id)).state).toBe('succeeded')
    const after = TrainedAgainst.parse(await ask(trainedRoute.GET, { id: runs[0].id, row: String(queryRow) }))
    expect(after.negatives.map(({ row }) => row)).toEqual(expect.not.arrayContaining([docRow]))
    expect(after.negatives.slice(0, 5).map(({ row }) => row)).toEqual(before.negatives.slice(1, 6).map(({ row }) => row))
    expect(MinedNegatives.parse(await ask(negativesRoute.GET, { id: runs[0].id })).excluded).toBe(1)
  })
})
