// Distillation on a real Postgres with a real worker: students of a run of the same launch, of a file of scores and of an imported model.
import fs from 'node:fs'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Teacher } from '@/contract/distillation'
import { TRAIN_DEFAULTS } from '@/contract/presets'
import { isLive, type NewRun, type RunDetail } from '@/contract/run'
import { openDataset } from '@/server/dataset/dataset'
import { fingerprintSource } from '@/server/dataset/fingerprint'
import { planCollection } from '@/server/db/collect'
import { createDataset } from '@/server/db/datasets'
import { launchRuns, previewLaunch } from '@/server/db/launch'
import { readWholeLog } from '@/server/db/logs'
import { readMetrics } from '@/server/db/metrics'
import { createModel, deleteModel } from '@/server/db/models'
import { deleteRun, readRun } from '@/server/db/runs'
import { fingerprintModel } from '@/server/files/model-source'
import { readRanking } from '@/server/ranking/ranking'
import { freshDatabase, type FreshDatabase } from '@/tests/fresh-database'
import { writeTinyData } from '@/tests/e2e/tiny-data'
import { bundleChild } from './child-bundle'
import { startWorker, type RunningWorker } from './server'

const encoder = (dim: number) => ({ vocabSize: 400, layers: 1, hidden: dim, heads: 2, ffn: 2 * dim, dim, pooling: 'mean', towers: 'shared', maxQueryTokens: 16, maxDocTokens: 24 }) as const
const train = { ...TRAIN_DEFAULTS, steps: 60, batchSize: 16, learningRate: 3e-3, temperature: 1, checkpoints: 2 }

let fresh: FreshDatabase
let worker: RunningWorker
let datasetId: string
beforeAll(async () => {
  fresh = await freshDatabase()
  const root = path.resolve('.')
  const childFile = await bundleChild(root, path.join(root, 'jobs', 'child.ts'))
  worker = await startWorker({ db: fresh.db, url: fresh.url, dataDir: fresh.dataDir, childFile, slots: 2, log: () => undefined, beatMs: 200 })
  const source = { kind: 'tsv', folder: path.join(fresh.dataDir, 'source') } as const
  writeTinyData(source.folder)
  datasetId = await createDataset(fresh.db, { name: 'tiny', source }, fingerprintSource(source))
})
afterAll(async () => {
  await worker.drain()
  await fresh.dispose()
})

const common = () => ({ datasetId, seed: 7, depth: 50, device: 'auto' }) as const
const teacherRun = (): NewRun => ({ name: 'teacher', config: { method: 'in-batch', ...common(), encoder: encoder(32), train } })
const student = (name: string, teacher: Teacher): NewRun => ({
  name,
  config: { method: 'bm25-negatives', ...common(), encoder: encoder(16), train, mineDepth: 10, negativesPerQuery: 2, distillation: { teacher, loss: 'margin-mse', temperature: 2, weight: 0.1, labelWeight: 0 } },
})

async function launch(...runs: NewRun[]): Promise<RunDetail[]> {
  const { runIds } = await launchRuns(fresh.db, runs)
  const ended: RunDetail[] = []
  for (const id of runIds) {
    let run = await readRun(fresh.db, id)
    for (; isLive(run.state); run = await readRun(fresh.db, id)) await sleep(50)
    ended.push(run)
  }
  return ended
}
const artifact = (run: RunDetail, kind: string) => path.join(fresh.dataDir, 'artifacts', run.steps.filter((step) => step.kind === kind).at(-1)!.artifactKey)

describe('a student', () => {
  let teacher: RunDetail
  let taught: RunDetail

  it('of a run of the same launch learns its margins, step by step on the page', async () => {
    ;[teacher, taught] = await launch(teacherRun(), student('student', { kind: 'sibling', name: 'teacher' }))
    expect(taught).toMatchObject({ state: 'succeeded', reason: null, teacherRunId: teacher.id, teacherName: 'teacher', config: { distillation: { teacher: { kind: 'run', runId: teacher.id } } } })
    expect(taught.steps.map(({ kind }) => kind).filter((kind) => kind !== 'evaluate' && kind !== 'retrieve' && kind !== 'encode')).toEqual(['import', 'tokenise', 'bm25-retrieve', 'mine', 'teacher-scores', 'train', 'train'])
    const series = (await readMetrics(fresh.db, taught.id))['distillation loss']
    expect(series.map(({ step }) => step)).toEqual(Array.from({ length: 60 }, (_, i) => i + 1))
    const mean = (points: typeof series) => points.reduce((sum, { value }) => sum + value, 0) / points.length
    expect(mean(series.slice(-5))).toBeLessThan(0.5 * mean(series.slice(0, 5)))
    // without judgements the loss is the teacher's, weighted
    const loss = (await readMetrics(fresh.db, taught.id)).loss
    loss.forEach(({ value }, i) => expect(value / (0.1 * series[i].value)).toBeCloseTo(1, 4))
  }, 120_000)

  it('of a file learns what the file says: the teacher’s scores, written with official ids', async () => {
    const dataset = openDataset(artifact(taught, 'import'))
    const scored = readRanking(path.join(artifact(taught, 'teacher-scores'), 'ranking.bin'))
    const lines = Array.from(scored.queryRows, (row, i) => Array.from({ length: scored.offsets[i + 1] - scored.offsets[i] }, (_, j) => `${dataset.queryIds.idOf(row)}\t${dataset.docIds.idOf(scored.docRows[scored.offsets[i] + j])}\t${scored.scores[scored.offsets[i] + j]}`)).flat()
    dataset.close()
    const file = path.join(fresh.dataDir, 'scores.tsv')
    fs.writeFileSync(file, `${lines.join('\n')}\nq9999\tdoc-000\t1\n`)
    const [run] = await launch(student('from-file', { kind: 'file', file }))
    expect(run).toMatchObject({ state: 'succeeded', teacherRunId: null, teacherName: null })
    expect(run.steps.map(({ kind }) => kind)).not.toContain('bm25-retrieve')
    expect(readRanking(path.join(artifact(run, 'teacher-scores'), 'ranking.bin'))).toEqual(scored)
    const log: string[] = []
    for await (const text of readWholeLog(fresh.db, { runId: run.id })) log.push(text)
    expect(log.join('')).toContain(`1 lines are of queries that the data set does not have, the first "q9999" on line ${lines.length + 1}`)

    // launched again with the same file nothing is done again; with another the scores are read again
    const [again] = await launch(student('again', { kind: 'file', file }))
    expect(again.steps.every(({ reused }) => reused)).toBe(true)
    fs.writeFileSync(file, `${lines.slice(0, -1).join('\n')}\n`)
    const plan = await previewLaunch(fresh.db, [student('changed', { kind: 'file', file })])
    expect(plan.runs[0].steps.find(({ kind }) => kind === 'teacher-scores')).toMatchObject({ reused: false, memoryBytes: expect.any(Number) })
  }, 120_000)

  it('of an imported model learns what the model scores', async () => {
    const source = { kind: 'folder', folder: artifact(teacher, 'train'), tokenizerFolder: artifact(teacher, 'tokenise') } as const
    const modelId = await createModel(fresh.db, { name: 'outside', source, options: {} }, await fingerprintModel(source))
    while ((await fresh.db.importedModel.findUniqueOrThrow({ where: { id: modelId } })).state === 'importing') await sleep(50)
    const [run] = await launch(student('of-model', { kind: 'model', modelId, maxQueryTokens: 16, maxDocTokens: 24 }))
    expect(run).toMatchObject({ state: 'succeeded', teacherName: 'outside' })
    expect(readRanking(path.join(artifact(run, 'teacher-scores'), 'ranking.bin'))).toEqual(readRanking(path.join(artifact(taught, 'teacher-scores'), 'ranking.bin')))
    await expect(deleteModel(fresh.db, modelId, `${fresh.dataDir}/artifacts`)).rejects.toThrow(/learn from model outside; delete them first/)
  }, 120_000)

  it('keeps its teacher: that is not deleted before it', async () => {
    await expect(deleteRun(fresh.db, teacher.id, `${fresh.dataDir}/artifacts`)).rejects.toThrow('student learns from run teacher; delete it first')
  })

  it('can have its teacher’s scores removed where a model makes them again, not where they came in a file', async () => {
    const { items } = await planCollection(fresh.db, { olderThanDays: 0, keepLast: 1, dryRun: true })
    const collected = new Set(items.map(({ key }) => key))
    const fromFile = await readRun(fresh.db, (await fresh.db.run.findFirstOrThrow({ where: { name: 'from-file' } })).id)
    expect([taught, fromFile].map((run) => collected.has(path.basename(artifact(run, 'teacher-scores'))))).toEqual([true, false])
  })

  it('is refused with the field where the file may not be read or nobody has the name', async () => {
    process.env.DRHARD_DATA_ROOTS = fresh.dataDir
    try {
      for (const [file, words] of [['/etc/hostname', /outside of the folders/], [path.join(fresh.dataDir, 'none.tsv'), /is no file on this server/]] as const)
        await expect(launchRuns(fresh.db, [student('refused', { kind: 'file', file })])).rejects.toMatchObject({ code: 'bad-input', message: expect.stringMatching(words), fields: { 'config.distillation.teacher.file': expect.stringMatching(words) } })
    } finally {
      delete process.env.DRHARD_DATA_ROOTS
    }
    await expect(launchRuns(fresh.db, [student('refused', { kind: 'sibling', name: 'nobody' })])).rejects.toMatchObject({ fields: { 'config.distillation.teacher.name': 'Name an earlier run of this pipeline' } })
  })
})
