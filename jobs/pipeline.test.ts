// The whole pipeline on a tiny collection, in this process and without a database: import to ADORE, reuse, and resuming a stopped step.
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { TRAIN_DEFAULTS } from '@/contract/presets'
import { DiagnoseResult } from '@/contract/query'
import type { NewRun } from '@/contract/run'
import { openDataset } from '@/server/dataset/dataset'
import { readManifest } from '@/server/files/artifact'
import { readRanking } from '@/server/ranking/ranking'
import { writeTinyData } from '@/tests/e2e/tiny-data'
import { runPipeline, type PipelineRun } from './pipeline'
import type { StepListener } from './run-step'

const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'pipeline-'))
const source = { kind: 'tsv', folder: path.join(dir, 'source') } as const
const silent: StepListener = { progress: () => undefined, metrics: () => undefined, log: () => undefined }

const encoder = { vocabSize: 500, layers: 1, hidden: 32, heads: 2, ffn: 64, dim: 32, pooling: 'mean', towers: 'shared', maxQueryTokens: 16, maxDocTokens: 24 } as const
const train = { ...TRAIN_DEFAULTS, steps: 60, batchSize: 16, learningRate: 3e-3, warmupShare: 0.1, weightDecay: 0.01, temperature: 1, checkpoints: 2 }
const common = { datasetId: 'tiny', seed: 7, depth: 50, device: 'auto' } as const
const RUNS: NewRun[] = [
  { name: 'bm25', config: { method: 'bm25', datasetId: 'tiny', seed: 7, depth: 50, k1: 0.9, b: 0.4 } },
  { name: 'warmup', config: { method: 'in-batch', ...common, encoder, train } },
  { name: 'star', config: { method: 'star', ...common, diagnosis: 'checkpoints', start: { kind: 'sibling', name: 'warmup' }, train: { ...train, steps: 30, learningRate: 1e-3 }, mineDepth: 10, negativesPerQuery: 1 } },
  { name: 'adore', config: { method: 'adore', ...common, start: { kind: 'sibling', name: 'star' }, train: { ...train, steps: 30, learningRate: 1e-3 }, topK: 20, metricCut: 20 } },
]

const run = (dataDir: string, runs = RUNS, options: { signal?: AbortSignal; listener?: StepListener } = {}) =>
  runPipeline({ source, runs, dataDir, threads: 1, signal: options.signal ?? new AbortController().signal, listenerOf: () => options.listener ?? silent })

let results: PipelineRun[]
beforeAll(async () => {
  fs.mkdirSync(source.folder)
  writeTinyData(source.folder)
  results = await run(path.join(dir, 'first'))
})
afterAll(() => fs.rmSync(dir, { recursive: true }))

describe('pipeline without a database', () => {
  it('judges every checkpoint of every run', () => {
    expect(results.map((r) => r.evaluations.map((e) => e.checkpointStep))).toEqual([[0], [30, 60], [0, 15, 30], [0, 15, 30]])
    for (const { evaluations } of results) for (const { n, measures } of evaluations) expect(n > 0 && Object.values(measures).every((m) => m >= 0 && m <= 1)).toBe(true)
  })

  it('learns: the last checkpoint of the warm-up is better than the first', () => {
    const [first, last] = results[1].evaluations
    expect(last.measures['MRR@10']!).toBeGreaterThan(first.measures['MRR@10']!)
  })

  it('starts from where the run before ended', () => {
    expect(results[2].evaluations[0].measures).toEqual(results[1].evaluations.at(-1)!.measures)
    expect(results[3].evaluations[0].measures).toEqual(results[2].evaluations.at(-1)!.measures)
  })

  it('starts from an imported model with its own tokenizer: the same measures as the run that made it', async () => {
    const artifact = (kind: string) => path.join(dir, 'first', 'artifacts', results[1].steps.filter((s) => s.kind === kind).at(-1)!.key)
    const models = { warmed: { source: { kind: 'folder', folder: artifact('train'), tokenizerFolder: artifact('tokenise') } } } as const
    const start = { kind: 'model', modelId: 'warmed', maxQueryTokens: 16, maxDocTokens: 24 } as const
    const runs: NewRun[] = [
      { name: 'star', config: { method: 'star', ...common, start, train: { ...train, steps: 4, checkpoints: 1 }, mineDepth: 10, negativesPerQuery: 1 } },
      { name: 'adore', config: { method: 'adore', ...common, start: { kind: 'sibling', name: 'star' }, train: { ...train, steps: 4, checkpoints: 1 }, topK: 20, metricCut: 20 } },
      { name: 'zero-shot', config: { method: 'zero-shot', ...common, start, diagnosis: 'checkpoints' } },
      { name: 'in-batch', config: { method: 'in-batch', ...common, start, encoder: { ...encoder, vocabSize: 400 }, train: { ...train, steps: 4, checkpoints: 1 } } },
    ]
    const made = await runPipeline({ source, models, runs, dataDir: path.join(dir, 'from-model'), threads: 1, signal: new AbortController().signal, listenerOf: () => silent })
    expect(made.map((r) => r.evaluations.map((e) => e.checkpointStep))).toEqual([[0, 4], [0, 4], [0], [0, 4]])
    for (const from of [made[0], made[2], made[3]]) expect(from.evaluations[0].measures).toEqual(results[1].evaluations.at(-1)!.measures)
    expect(made[1].evaluations[0].measures).toEqual(made[0].evaluations[1].measures)
    const wrong = { ...runs[0], config: { ...runs[0].config, start: { ...start, maxDocTokens: 100 } } } as NewRun
    await expect(runPipeline({ source, models, runs: [wrong], dataDir: path.join(dir, 'from-model'), threads: 1, signal: new AbortController().signal, listenerOf: () => silent })).rejects.toThrow(/The model takes texts of 24 tokens, not 100; lower maxDocTokens/)
  })

  it('diagnoses every checkpoint of a run that asks for it: fewer errors among the first, and negatives that were mined from the start', () => {
    const steps = results[2].steps.filter((step) => step.kind === 'diagnose')
    const points = steps.map((step) => DiagnoseResult.parse(readManifest(path.join(dir, 'first', 'artifacts'), step.key)!.result).points)
    expect(steps.map((step) => step.checkpointStep)).toEqual([0, 15, 30])
    for (const at of points) {
      expect(at.map(({ name }) => name)).toEqual(['total pairwise errors', 'top-200 pairwise errors', 'static negatives in the top 200'])
      expect(at[1].value).toBeLessThanOrEqual(at[0].value)
      expect(at[2].value).toBe(1) // 50 documents: every negative is among the first 200
    }
    // at the start: what the ranking itself says of the queries, whose one relevant document it holds
    const { queryRows, total } = JSON.parse(fs.readFileSync(path.join(dir, 'first', 'artifacts', steps[0].key, 'diagnosis.json'), 'utf8')) as { queryRows: number[]; total: number[] }
    const search = results[2].steps.find((step) => step.kind === 'retrieve' && step.checkpointStep === 0)!
    const ranking = readRanking(path.join(dir, 'first', 'artifacts', search.key, 'ranking.bin'))
    const { qrels } = openDataset(path.join(dir, 'first', 'artifacts', results[0].steps[0].key))
    queryRows.forEach((row, q) => {
      const docs = Array.from(ranking.docRows.subarray(ranking.offsets[q], ranking.offsets[q + 1]))
      expect(qrels.relevantCount(row)).toBe(1)
      expect(total[q]).toBe(docs.indexOf(qrels.relevant(row)[0].docRow))
    })
  })

  it('runs nothing twice', async () => {
    const listener: StepListener = { ...silent, log: (_, line) => expect(line).toBe('Published before; nothing to do') }
    const again = await run(path.join(dir, 'first'), RUNS, { listener })
    expect(again.map((r) => r.evaluations)).toEqual(results.map((r) => r.evaluations))
  })

  it('goes on with a stopped training step, to the very same weights', async () => {
    const dataDir = path.join(dir, 'stopped')
    const stop = new AbortController()
    const stopping: StepListener = { ...silent, metrics: (points) => points.some((p) => p.step >= 40) && stop.abort() }
    await expect(run(dataDir, RUNS.slice(1, 2), { signal: stop.signal, listener: stopping })).rejects.toMatchObject({ code: 'cancelled' })
    const steps: number[] = []
    const [warmup] = await run(dataDir, RUNS.slice(1, 2), { listener: { ...silent, metrics: (points) => steps.push(...points.map((p) => p.step)) } })
    expect(Math.min(...steps)).toBeGreaterThan(35)
    const last = warmup.steps.filter((s) => s.kind === 'train').at(-1)!
    const filesIn = (name: string) => readManifest(path.join(dir, name, 'artifacts'), last.key)!.files
    expect(filesIn('stopped')).toEqual(filesIn('first'))
  })

  it('names the file of a damaged artifact before the work begins', async () => {
    const dataDir = path.join(dir, 'damaged')
    fs.cpSync(path.join(dir, 'first'), dataDir, { recursive: true })
    const steps = results[0].steps
    const [dataset, ranking] = ['import', 'bm25-retrieve'].map((kind) => path.join(dataDir, 'artifacts', steps.find((s) => s.kind === kind)!.key))
    fs.rmSync(ranking, { recursive: true })
    fs.truncateSync(path.join(dataset, 'docs.text'), 5)
    await expect(run(dataDir, RUNS.slice(0, 1))).rejects.toMatchObject({ code: 'broken', message: expect.stringMatching(/The dataset of this step cannot be used: .*docs\.text is damaged: it has 5 bytes, \d+ were published/) })
  })
})
