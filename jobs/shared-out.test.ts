// Two workers share the encoding and the search of a collection; parts are killed in the middle and begun again by themselves; what comes
// out is what one worker makes of the whole, file by file. Real steps, real processes, a real Postgres.
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { DatasetSource } from '@/contract/dataset'
import { isLive, NewRun } from '@/contract/run'
import { SEARCH_BLOCK_ROWS } from '@/contract/shards'
import { createDataset } from '@/server/db/datasets'
import { launchRuns } from '@/server/db/launch'
import { readRun } from '@/server/db/runs'
import { fingerprintSource } from '@/server/dataset/fingerprint'
import { readManifest } from '@/server/files/artifact'
import { freshDatabase, type FreshDatabase } from '@/tests/fresh-database'
import { bundleChild } from './child-bundle'
import { runPipeline } from './pipeline'
import { startWorker, type RunningWorker } from './server'

const DOCS = 2 * SEARCH_BLOCK_ROWS + 1000 // three blocks: one part gets two
const root = path.resolve('.')
const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'drhard-shared-'))
const source: DatasetSource = { kind: 'tsv', folder: path.join(folder, 'source') }
let fresh: FreshDatabase
let workers: RunningWorker[] = []

beforeAll(async () => {
  fresh = await freshDatabase()
  fs.mkdirSync(source.folder)
  const queries = Array.from({ length: 70 }, (_, i) => `q${i}`)
  const write = (name: string, lines: string[]) => fs.writeFileSync(path.join(source.folder, name), `${lines.join('\n')}\n`)
  write('collection.tsv', Array.from({ length: DOCS }, (_, i) => `d${i}\tword ${(i * 7919) % 977} ${i % 31 ? '' : 'and more '}${i % 13}`))
  write('queries.tsv', queries.map((q, i) => `${q}\tword ${i + 1}`))
  write('qrels.tsv', queries.map((q, i) => `${q}\t0\td${i + 1}\t1`))
  write('split.tsv', queries.map((q, i) => `${q}\t${i < 4 ? 'train' : 'dev'}`))
})
afterAll(async () => {
  for (const worker of workers) await worker.drain()
  await fresh.dispose()
  fs.rmSync(folder, { recursive: true, force: true })
})

it('encodes and searches in parts, each begun again by itself; the files are those of one worker', async () => {
  const encoder = { vocabSize: 300, layers: 1, hidden: 16, heads: 2, ffn: 16, dim: 8, pooling: 'mean', maxQueryTokens: 6, maxDocTokens: 6 }
  const train = { steps: 1, batchSize: 2, learningRate: 0.01, warmupShare: 0, weightDecay: 0, temperature: 1, checkpoints: 1 }
  const runOf = (datasetId: string) => NewRun.parse({ name: 'shared', config: { method: 'in-batch', datasetId, seed: 1, depth: 100, encoder, train } })
  const quiet = { progress: () => undefined, metrics: () => undefined, log: () => undefined }
  const alone = path.join(folder, 'alone')
  const [{ steps }] = await runPipeline({ source, runs: [runOf('x')], dataDir: alone, threads: os.availableParallelism(), signal: new AbortController().signal, listenerOf: () => quiet })

  const childFile = await bundleChild(root, path.join(root, 'tests', 'stumbling-child.ts'))
  workers = await Promise.all([1, 2].map(() => startWorker({ db: fresh.db, url: fresh.url, dataDir: fresh.dataDir, childFile, slots: 1, log: () => undefined, beatMs: 200 })))
  const datasetId = await createDataset(fresh.db, { name: 'large', source }, fingerprintSource(source))
  const { runIds } = await launchRuns(fresh.db, [runOf(datasetId)])
  let run = await readRun(fresh.db, runIds[0])
  while (isLive(run.state)) {
    await sleep(100)
    run = await readRun(fresh.db, runIds[0])
  }
  expect(run).toMatchObject({ state: 'succeeded', reason: null })

  const rows = await fresh.db.step.findMany({ where: { runId: run.id }, orderBy: { ordinal: 'asc' } })
  const parts = rows.filter((row) => row.label.includes(', part '))
  expect(parts.map(({ kind, label, attempt }) => ({ kind, label, attempt }))).toEqual(
    (['Encode documents at 1', 'Search at 1'] as const).flatMap((of, i) => [1, 2].map((part) => ({ kind: i ? 'retrieve-shard' : 'encode-shard', label: `${of}, part ${part} of 2`, attempt: part }))),
  )
  // queries are embedded once, for both
  const embedded = rows.filter((row) => row.kind === 'encode-queries')
  expect(embedded.map(({ label }) => label)).toEqual(['Search at 1, queries'])
  for (const part of parts) if (part.kind === 'retrieve-shard') expect((part.inputs as Record<string, string>).queries0).toBe(embedded[0].key)
  // which worker takes a part that was begun again is chance; that both work is not
  expect(new Set(parts.map((part) => part.workerId)).size, 'both workers').toBe(2)

  for (const { key, label, kind } of steps) {
    if (kind !== 'encode' && kind !== 'retrieve' && kind !== 'evaluate') continue
    const files = [path.join(alone, 'artifacts'), path.join(fresh.dataDir, 'artifacts')].map((dir) => readManifest(dir, key)?.files)
    expect(files[1], label).toEqual(files[0])
  }
}, 180_000)
