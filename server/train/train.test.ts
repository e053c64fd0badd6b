// Training as a whole on a small corpus: the same seed gives the same run, and a run that was cut and resumed ends with the same weights.
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import type { DistillationSettings } from '@/contract/distillation'
import { TRAIN_DEFAULTS } from '@/contract/presets'
import type { EncoderConfig, TrainConfig } from '@/contract/run'
import { buildQrels } from '@/server/dataset/qrels'
import { readTokens, writeTokens } from '@/server/dataset/token-file'
import { architectureOf, type Architecture } from '@/server/model/architecture'
import { openEncoder } from '@/server/model/encode'
import { withSpecials } from '@/server/model/pack'
import { uniform } from '@/server/random/random'
import { initialiseWeights, viewsOf } from '@/server/model/weights'
import { writeSafetensors, type NamedTensor } from '@/server/model/safetensors'
import { openExactSearch } from '@/server/search/exact'
import { scorePairs } from '@/server/search/score-pairs'
import { createState, type TrainState } from './state'
import { readCheckpoint, readEncoder, resumeCheckpoint, writeCheckpoint } from './checkpoint'
import { pairMasks } from './losses/pairwise'
import { mineNegatives } from '@/server/ranking/negatives'
import type { Recipe, Teacher, TrainingTexts } from './segment'
import { trainSegment } from './train'
import { pairObjective } from './objective'
import { openHostTrainer } from './host-trainer'

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'drhard-train-'))
afterAll(() => fs.rmSync(folder, { recursive: true }))

const encoder: EncoderConfig = { vocabSize: 300, layers: 1, hidden: 32, heads: 2, ffn: 64, dim: 32, pooling: 'mean', towers: 'shared', maxQueryTokens: 8, maxDocTokens: 12 }
const train: TrainConfig = { ...TRAIN_DEFAULTS, steps: 40, batchSize: 8, learningRate: 5e-3, warmupShare: 0.1, weightDecay: 0.01, temperature: 5, checkpoints: 2 }
const architecture = architectureOf(encoder)

// 60 documents of 8 random tokens; a query repeats three of its document's
const draw = uniform(3)
const docs = Array.from({ length: 60 }, () => Array.from({ length: 8 }, () => 4 + Math.floor(draw() * 290)))
const queries = docs.map((doc) => [doc[1], doc[4], doc[6]])
const write = (name: string, rows: number[][]) => {
  writeTokens(path.join(folder, name), rows, { vocabSize: 300 })
  return readTokens(path.join(folder, name))
}
const texts: TrainingTexts = { queries: write('queries', queries), docs: write('docs', docs), maxQueryTokens: 8, maxDocTokens: 12 }
const rows = Int32Array.from(queries, (_, i) => i)
const qrels = buildQrels(rows.length, { queryRows: rows, docRows: rows, grades: rows.map(() => 1) })

function freshState(): TrainState {
  const state = createState(architecture)
  initialiseWeights(state.layout, state.weights, 1)
  return state
}

async function run(state: TrainState, recipe: Recipe, from: number, to: number, options: Partial<TrainConfig> = {}): Promise<number[]> {
  const losses: number[] = []
  const onSteps = (_done: number, points: { name: string; value: number }[]) => losses.push(points.find((p) => p.name === 'loss')!.value)
  await trainSegment({ architecture, state, recipe, texts, queryRows: rows, qrels, train: { ...train, ...options }, seed: 9, from, to, threads: 2, clock: () => performance.now(), onSteps })
  return losses
}

async function embed(state: TrainState, file: TrainingTexts['docs'], max: number): Promise<Float32Array> {
  const e = await openEncoder(architecture, viewsOf(state.layout, state.weights), { threads: 1 })
  const result = await e.encode(Array.from(rows, (row) => withSpecials(architecture, file.row(row), max)))
  await e.close()
  return result
}

/** Mean reciprocal rank of each query's own document. */
async function mrr(state: TrainState, collection: Float32Array): Promise<number> {
  const search = await openExactSearch(collection, { dim: 32, k: 60, threads: 1 })
  const { docs: found, k } = await search.search(await embed(state, texts.queries, 8))
  await search.close()
  return rows.reduce((sum, row) => sum + 1 / (found.subarray(row * k, (row + 1) * k).indexOf(row) + 1), 0) / rows.length
}

describe('training', () => {
  test('in-batch negatives learn the task, the same way for the same seed', async () => {
    const [a, b] = [freshState(), freshState()]
    const untrained = await mrr(a, await embed(a, texts.docs, 12))
    const losses = await run(a, { method: 'in-batch' }, 0, 40)
    expect(await run(b, { method: 'in-batch' }, 0, 40)).toEqual(losses)
    expect(a.weights).toEqual(b.weights)
    expect(await mrr(a, await embed(a, texts.docs, 12))).toBeGreaterThan(untrained + 0.2)
  })

  test('resumes exactly with dropout, LAMB, accumulation, a cosine and cached gradients', async () => {
    const options = { hiddenDropout: 0.1, attentionDropout: 0.1, optimizer: 'lamb', accumulation: 2, schedule: 'cosine', cachedChunkTokens: 40, steps: 12 } as const
    const whole = freshState()
    const losses = await run(whole, { method: 'in-batch' }, 0, 12, options)
    const first = freshState()
    const firstLosses = await run(first, { method: 'in-batch' }, 0, 5, options)
    const dir = path.join(folder, 'cut-options')
    writeCheckpoint(dir, { architecture, state: first, step: 5 })
    const resumed = resumeCheckpoint(dir)
    expect([...firstLosses, ...(await run(resumed.state, { method: 'in-batch' }, 5, 12, options))]).toEqual(losses)
    expect(resumed.state.weights).toEqual(whole.weights)
  })

  /** Scores of every document for every query by a model of another seed that has learned the task. */
  const teacherOf = async (settings: DistillationSettings): Promise<Teacher> => {
    const state = createState(architecture)
    initialiseWeights(state.layout, state.weights, 2)
    await run(state, { method: 'in-batch' }, 0, 40)
    const [q, d] = [await embed(state, texts.queries, 8), await embed(state, texts.docs, 12)]
    const all = await scorePairs(d, q, Array.from(rows, () => rows), { dim: 32 })
    return { settings, scoresOf: (row) => ({ docRows: rows, scores: all[row] }) }
  }

  /** Mean absolute difference of the student's margins, over its temperature, to the teacher's, over all pairs of a query's document and another. */
  async function marginError(state: TrainState, { settings, scoresOf }: Teacher): Promise<number> {
    const own = await scorePairs(await embed(state, texts.docs, 12), await embed(state, texts.queries, 8), Array.from(rows, () => rows), { dim: 32 })
    const errors = Array.from(rows, (row) => {
      const wanted = scoresOf(row)!.scores
      return own[row].reduce((sum, score, doc) => sum + Math.abs((own[row][row] - score) / train.temperature - (wanted[row] - wanted[doc]) / settings.temperature), 0) / (rows.length - 1)
    })
    return errors.reduce((a, b) => a + b, 0) / errors.length
  }

  test.each([
    ['margin-mse', 5],
    ['kl', 20], // a distribution with all its weight on the positive says nothing of the others
  ] as const)('%s moves the student’s margins towards the teacher’s, on negatives that it has not seen too', async (loss, temperature) => {
    // 10 of the 59 other documents are negatives; the error is over all
    const negatives = mineNegatives(Array.from(rows, (row) => ({ docs: rows.filter((doc) => doc !== row), relevant: [row] })), 10)
    const teacher = await teacherOf({ loss, temperature, weight: 1, labelWeight: 0 })
    const recipe: Recipe = { method: 'bm25-negatives', negatives, negativesPerQuery: 4, teacher }
    const [student, alone] = [freshState(), freshState()]
    const before = await marginError(student, teacher)
    const losses = await run(student, recipe, 0, 120, { steps: 120 })
    await run(alone, { ...recipe, teacher: undefined }, 0, 120, { steps: 120 })
    const [taught, untaught] = [await marginError(student, teacher), await marginError(alone, teacher)]
    expect(losses.at(-1)!).toBeLessThan(losses[0] / 4)
    expect(taught).toBeLessThan(0.7 * before)
    expect(taught).toBeLessThan(0.8 * untaught)
  })

  const recipes = async (): Promise<Recipe[]> => {
    const state = freshState()
    const collection = await embed(state, texts.docs, 12)
    const negatives = mineNegatives(Array.from(rows, (row) => ({ docs: Int32Array.from(rows).filter((doc) => doc !== row), relevant: [row] })), 20)
    return [
      { method: 'in-batch' },
      { method: 'random', negativesPerQuery: 1 },
      { method: 'bm25-negatives', negatives, negativesPerQuery: 1 },
      { method: 'star', negatives, negativesPerQuery: 2 },
      { method: 'bm25-negatives', negatives, negativesPerQuery: 2, teacher: await teacherOf({ loss: 'margin-mse', temperature: 3, weight: 0.1, labelWeight: 1 }) },
      { method: 'star', negatives, negativesPerQuery: 3, teacher: await teacherOf({ loss: 'kl', temperature: 3, weight: 1, labelWeight: 1 }) },
      { method: 'adore', collection, topK: 20, metricCut: 20 },
    ]
  }

  test('every method resumes exactly', async () => {
    for (const recipe of await recipes()) {
      const whole = freshState()
      const losses = await run(whole, recipe, 0, 40)
      const first = freshState()
      const firstLosses = await run(first, recipe, 0, 17)
      const dir = path.join(folder, `cut-${recipe.method}`)
      writeCheckpoint(dir, { architecture, state: first, step: 17 })
      const resumed = resumeCheckpoint(dir)
      expect(resumed.step).toBe(17)
      const rest = await run(resumed.state, recipe, 17, 40)
      expect([...firstLosses, ...rest], recipe.method).toEqual(losses)
      expect(resumed.state.weights, recipe.method).toEqual(whole.weights)
    }
  })

  test('ADORE moves the query encoder only by what the fixed documents say, and improves the ranking', async () => {
    const state = freshState()
    const collection = await embed(state, texts.docs, 12)
    const before = await mrr(state, collection)
    await run(state, { method: 'adore', collection, topK: 30, metricCut: 30 }, 0, 40)
    expect(await mrr(state, collection)).toBeGreaterThan(before)
  })

  test('a checkpoint starts another run with its weights and fresh moments', async () => {
    const state = freshState()
    await run(state, { method: 'in-batch' }, 0, 3)
    writeCheckpoint(path.join(folder, 'start'), { architecture, state, step: 3 })
    const start = readCheckpoint(path.join(folder, 'start'))
    expect(start.architecture).toEqual(architecture)
    expect(start.state.weights).toEqual(state.weights)
    expect(start.state.m.every((x) => x === 0)).toBe(true)
    expect(state.m.some((x) => x !== 0)).toBe(true)
  })

  test('separate encoders are two checkpoints that resume as one', async () => {
    const apart: Architecture = { ...architecture, towers: 'separate' }
    const state = createState(apart)
    initialiseWeights(state.layout, state.weights, 4)
    const dir = path.join(folder, 'apart')
    writeCheckpoint(dir, { architecture: apart, state, step: 7 })
    const resumed = resumeCheckpoint(dir)
    expect(resumed).toMatchObject({ architecture: apart, step: 7 })
    expect(resumed.state.weights).toEqual(state.weights)
    const word = 'roberta.embeddings.word_embeddings.weight'
    const [query, doc] = (['query', 'doc'] as const).map((side) => readEncoder(dir, side).weights.get(word)!.data)
    expect(query).not.toEqual(doc)
    expect(doc).toEqual(viewsOf(state.layout, state.weights).get(`doc.${word}`)!.data)
  })

  test('each of two separate encoders encodes as it would alone', async () => {
    const apart: Architecture = { ...architecture, towers: 'separate' }
    const state = createState(apart)
    initialiseWeights(state.layout, state.weights, 4)
    const dir = path.join(folder, 'apart-encoding')
    writeCheckpoint(dir, { architecture: apart, state, step: 1 })
    for (const side of ['query', 'doc'] as const) {
      const { architecture: read, weights } = readEncoder(dir, side)
      const [own, alone] = [await openEncoder(read, weights, { threads: 1 }), await openEncoder(architecture, weights, { threads: 1 })]
      expect(await own.encode(docs), side).toEqual(await alone.encode(docs))
      await own.close()
      await alone.close()
    }
  })

  test('ADORE moves the query encoder of two and leaves the other', async () => {
    const apart: Architecture = { ...architecture, towers: 'separate' }
    const state = createState(apart)
    initialiseWeights(state.layout, state.weights, 4)
    const before = state.weights.slice()
    const recipe: Recipe = { method: 'adore', collection: await embed(freshState(), texts.docs, 12), topK: 20, metricCut: 20 }
    await trainSegment({ architecture: apart, state, recipe, texts, queryRows: rows, qrels, train, seed: 9, from: 0, to: 3, threads: 1, clock: () => performance.now(), onSteps: () => {} })
    for (const [name, { data }] of viewsOf(state.layout, state.weights)) {
      if (name.endsWith('key.bias')) continue
      const was = viewsOf(state.layout, before).get(name)!.data
      expect(data.every((x, i) => x === was[i]), name).toBe(name.startsWith('doc.'))
    }
  })

  test('a checkpoint with a tensor too many, too few or of another shape is refused by its name', async () => {
    const dir = path.join(folder, 'odd')
    const state = freshState()
    writeCheckpoint(dir, { architecture, state, step: 1 })
    const tensors = viewsOf(state.layout, state.weights)
    const rewrite = (change: (t: Map<string, NamedTensor>) => void) => {
      const changed = new Map(tensors)
      change(changed)
      writeSafetensors(path.join(dir, 'model.safetensors'), changed)
    }
    rewrite((t) => t.delete('norm.weight'))
    expect(() => readEncoder(dir, 'doc')).toThrow(/norm\.weight is missing/)
    rewrite((t) => t.set('pooler.weight', { data: new Float32Array(4), shape: [4] }))
    expect(() => readEncoder(dir, 'doc')).toThrow(/pooler\.weight is not in the model/)
    rewrite((t) => t.set('norm.weight', { data: new Float32Array(8), shape: [8] }))
    expect(() => readEncoder(dir, 'doc')).toThrow(/norm\.weight is \[8\], config.json asks for \[32\]/)
  })

  test('a run that diverges stops with the step and a way out', async () => {
    const state = freshState()
    state.weights.fill(Number.NaN, 0, 16)
    await expect(run(state, { method: 'in-batch' }, 0, 40)).rejects.toThrow(/step 0.*lower the learning rate/)
  })
})

test('gradients do not depend on the number of threads, though thousands of tokens share a few rows', async () => {
  const wide = architectureOf({ ...encoder, hidden: 192, maxDocTokens: 40 })
  const random = uniform(5)
  const rows = (count: number, length: number) => Array.from({ length: count }, () => Array.from({ length }, () => 4 + Math.floor(20 * random())))
  const positives = Array.from({ length: 128 }, (_, i) => i)
  const batch = { queries: rows(128, 20), docs: rows(128, 40), masks: pairMasks(positives, [], () => false, { inBatch: true }) }
  const gradientsWith = async (threads: number) => {
    const state = createState(wide)
    initialiseWeights(state.layout, state.weights, 1)
    const objective = pairObjective({ temperature: 1, falseNegativeShare: 0, distillation: null })
    const trainer = await openHostTrainer({ architecture: wide, state, objective, settings: train, seed: 1, threads, chunks: { queries: 2, docs: 4 } })
    await trainer.evaluate([batch], 0)
    await trainer.evaluate([batch], 0) // the rows that the first call touched are cleared
    await trainer.close()
    return state.gradients.slice()
  }
  expect(await gradientsWith(2)).toEqual(await gradientsWith(1))
})
