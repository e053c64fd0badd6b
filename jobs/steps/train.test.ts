// A train step that is tried again after it ran out of memory works in smaller pieces and learns the same.
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { MetricPoint } from '@/contract/event'
import { TRAIN_DEFAULTS } from '@/contract/presets'
import { activationBytes } from '@/contract/training-memory'
import type { StepContext } from '@/jobs/step'
import { importDataset } from '@/server/dataset/import'
import { tokeniseDataset } from '@/server/dataset/tokenise'
import { writeTinyData } from '@/tests/e2e/tiny-data'
import { trainStep } from './train'

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'drhard-train-'))
const at = (...names: string[]) => path.join(folder, ...names)
const STEPS = 6
const params: StepContext<'train'>['params'] = {
  method: 'in-batch',
  encoder: { vocabSize: 400, layers: 2, hidden: 32, heads: 2, ffn: 64, dim: 32, pooling: 'mean', towers: 'shared', maxQueryTokens: 16, maxDocTokens: 24 },
  train: { ...TRAIN_DEFAULTS, steps: STEPS, batchSize: 48, learningRate: 1e-3 },
  seed: 3,
  from: 0,
  to: STEPS,
}

beforeAll(async () => {
  writeTinyData(at('source'))
  for (const dir of ['dataset', 'tokens']) fs.mkdirSync(at(dir))
  await importDataset({ kind: 'tsv', folder: at('source') }, at('dataset'), {})
  await tokeniseDataset(at('dataset'), at('tokens'), { vocabSize: 400 }, {})
})
afterAll(() => fs.rmSync(folder, { recursive: true }))

async function attempt(name: string, chunkScale: number, changes: Partial<StepContext<'train'>['params']['train']> = {}): Promise<{ points: MetricPoint[]; lines: string[] }> {
  const points: MetricPoint[] = []
  const lines: string[] = []
  for (const dir of ['out', 'work']) fs.mkdirSync(at(name, dir), { recursive: true })
  const context: StepContext<'train'> = {
    params: { ...params, train: { ...params.train, ...changes } },
    inputs: { dataset: at('dataset'), tokens: at('tokens') },
    outDir: at(name, 'out'),
    workDir: at(name, 'work'),
    threads: 1,
    chunkScale,
    signal: new AbortController().signal,
    progress: () => undefined,
    metrics: (more) => points.push(...more),
    log: (level, line) => lines.push(`${level}: ${line}`),
  }
  await trainStep(context, { saveEveryMs: 60_000, freeBytes: Infinity })
  return { points, lines }
}

test('the second attempt encodes fewer tokens at a time and has the same losses and gradients', async () => {
  const first = await attempt('first', 1)
  expect(first.lines.filter((line) => line.startsWith('warn'))).toEqual([])
  const second = await attempt('second', 0.5)
  const warned = second.lines.find((line) => line.startsWith('warn: An attempt before ran out of memory'))!
  const chunk = Number(/encodes (\d+) tokens at a time/.exec(warned)![1])
  // what it keeps is at most half, by the formula that the plan of a launch uses
  const side = (texts: number, tokens: number) => ({ texts, meanTokens: tokens, longestTokens: tokens })
  const batch = { queries: side(48, 16), docs: side(48, 24) }
  expect(activationBytes(params.encoder, { ...TRAIN_DEFAULTS, cachedChunkTokens: chunk }, batch)).toBeLessThan(0.5 * activationBytes(params.encoder, TRAIN_DEFAULTS, batch))
  for (const name of ['loss', 'gradient norm']) {
    const [whole, pieces] = [first, second].map(({ points }) => points.filter((point) => point.name === name).map((point) => point.value))
    expect(pieces).toHaveLength(STEPS)
    pieces.forEach((value, step) => expect(Math.abs(value - whole[step]) / whole[step], `${name} of step ${step + 1}`).toBeLessThan(1e-4))
  }
})

test('where no chunk is small enough, it says what to change', async () => {
  await expect(attempt('hopeless', 0.5, { cachedChunkTokens: 32 })).rejects.toMatchObject({ code: 'bad-input', message: expect.stringMatching(/no smaller chunk .* smaller encoder/) })
})

test('half precision is refused before the training where no GPU computes it', async () => {
  await expect(attempt('half', 1, { precision: 'half' })).rejects.toMatchObject({ code: 'bad-input', message: expect.stringMatching(/^Half precision: cpu .* Choose single precision/) })
})
