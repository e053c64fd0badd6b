// The real test collections import with the counts that their README gives, and the small ones train a tiny encoder and are judged.
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { TRAIN_DEFAULTS } from '@/contract/presets'
import type { NewRun } from '@/contract/run'
import { importDataset } from '@/server/dataset/import'
import { describeShared } from '@/tests/shared-data'
import { runPipeline } from './pipeline'

const root = fs.mkdtempSync(path.join(os.tmpdir(), 'collections-'))
afterAll(() => fs.rmSync(root, { recursive: true }))

// ../shared/data/README.md
const COLLECTIONS = [
  { name: 'medquad', docs: 15_778, queries: { train: 12_923, dev: 997, test: 1_057, lead: 0 }, positives: 16_356 },
  { name: 'wikiqa', docs: 26_270, queries: { train: 873, dev: 126, test: 243, lead: 0 }, positives: 1_473 },
  { name: 'cranfield', docs: 1_400, queries: { train: 184, dev: 41, test: 0, lead: 0 }, positives: 1_612 },
  { name: 'stackfaq', docs: 719, queries: { train: 912, dev: 142, test: 195, lead: 0 }, positives: 7_184 },
]

const encoder = { vocabSize: 800, layers: 1, hidden: 32, heads: 2, ffn: 64, dim: 32, pooling: 'mean', towers: 'shared', maxQueryTokens: 16, maxDocTokens: 32 } as const
const common = { datasetId: 'x', seed: 7, depth: 100 }
const RUNS: NewRun[] = [
  { name: 'bm25', config: { method: 'bm25', ...common, k1: 0.9, b: 0.4 } },
  { name: 'tiny', config: { method: 'in-batch', ...common, device: 'cpu', encoder, train: { ...TRAIN_DEFAULTS, steps: 40, batchSize: 16, learningRate: 3e-3, checkpoints: 1 } } },
]

describeShared('test collections', 'data', (data) => {
  it.each(COLLECTIONS)('$name is imported as its README counts it', async ({ name, docs, queries, positives }) => {
    const counts = await importDataset({ kind: 'tsv', folder: path.join(data, name) }, fs.mkdtempSync(path.join(root, `${name}-`)), {})
    expect(counts).toMatchObject({ docs, queries })
    expect(Object.values(counts.positives).reduce((a, b) => a + b, 0)).toBe(positives)
  })

  describe.each(['cranfield', 'stackfaq'])('%s', (name) => {
    it('trains a tiny encoder and is judged', async () => {
      const listenerOf = () => ({ progress: () => undefined, metrics: () => undefined, log: () => undefined })
      const [bm25, tiny] = await runPipeline({ source: { kind: 'tsv', folder: path.join(data, name) }, runs: RUNS, dataDir: path.join(root, `run-${name}`), threads: 2, signal: new AbortController().signal, listenerOf })
      expect(bm25.evaluations[0].measures['MRR@10']).toBeGreaterThan(0.3)
      expect(tiny.evaluations.map(({ checkpointStep, n }) => [checkpointStep, n])).toEqual([[40, bm25.evaluations[0].n]])
      expect(tiny.evaluations[0].measures['MRR@10']).toBeGreaterThan(0)
    })
  })
})
