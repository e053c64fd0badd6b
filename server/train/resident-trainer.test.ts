// Updates made in one call, weights and moments carried from step to step, against the host's, step by step.
import { describe, expect, test } from 'vitest'
import type { DistillationSettings } from '@/contract/distillation'
import { TRAIN_DEFAULTS } from '@/contract/presets'
import type { Architecture } from '@/server/model/architecture'
import { openEncoder } from '@/server/model/encode'
import { viewsOf } from '@/server/model/weights'
import { openExactSearch } from '@/server/search/exact'
import { draw, freshState, makeBatch, shared, text } from '@/tests/fixtures/random-batches'
import { openHostTrainer } from './host-trainer'
import { teachingOf } from './losses/distillation'
import { adoreFeeds, appendPositives } from './losses/adore'
import { adoreObjective, pairObjective, searchedAdoreObjective, type PairBatch } from './objective'
import { openResidentTrainer, type ResidentOptions } from './resident-trainer'
import type { TrainState } from './state'
import { hasDiverged, type Step, type TrainerSettings } from './trainer'

const steps: Step<PairBatch>[] = [makeBatch(), makeBatch(4, 0), makeBatch(5, 9)].map((batch, step) => ({ batches: [batch], step, learningRate: 1e-3 * (step + 1) }))

function optionsOf(a: Architecture, settings: Partial<TrainerSettings> = {}, distillation: DistillationSettings | null = null): ResidentOptions<PairBatch> {
  return { architecture: a, state: freshState(a), objective: pairObjective({ temperature: 2, falseNegativeShare: 0, distillation }), settings: { ...TRAIN_DEFAULTS, ...settings }, seed: 5, threads: 1, chunks: { queries: 1, docs: 2 } }
}

function expectSameWeights(actual: TrainState, expected: TrainState): void {
  const weights = viewsOf(expected.layout, expected.weights)
  for (const [name, { data }] of viewsOf(actual.layout, actual.weights)) {
    if (name.endsWith('key.bias')) continue // its gradient is rounding alone, which Adam scales up
    const worst = data.reduce((most, x, i) => Math.max(most, Math.abs(x - weights.get(name)!.data[i])), 0)
    expect(worst, name).toBeLessThan(1e-4)
  }
}

/** The same steps by both trainers, which start from the same weights. */
async function both(a: Architecture, settings?: Partial<TrainerSettings>, made = steps, distillation: DistillationSettings | null = null) {
  const [here, there] = [optionsOf(a, settings, distillation), optionsOf(a, settings, distillation)]
  const trainers = [await openHostTrainer(here), await openResidentTrainer(there)]
  const reports = await Promise.all(trainers.map((trainer) => trainer.steps(made)))
  await Promise.all(trainers.map((trainer) => trainer.close()))
  return { host: { reports: reports[0], state: here.state }, resident: { reports: reports[1], state: there.state } }
}

describe('the resident trainer makes the host’s updates', () => {
  test.each<[string, Architecture, Partial<TrainerSettings>]>([
    ['with dropout', shared, { hiddenDropout: 0.2, attentionDropout: 0.1 }],
    ['with mean pooling and clipping', { ...shared, pooling: 'mean' }, { clipNorm: 0.01 }],
    ['with frozen layers', shared, { frozenLayers: 1 }],
    ['with frozen layers and LAMB', shared, { frozenLayers: 1, optimizer: 'lamb' }],
    ['with two encoders and LAMB', { ...shared, towers: 'separate' }, { optimizer: 'lamb', weightDecay: 0.1 }],
  ])('%s', async (_name, a, settings) => {
    const { host, resident } = await both(a, settings)
    resident.reports.forEach((report, i) => {
      const expected = host.reports[i]
      expect(report.loss / expected.loss).toBeCloseTo(1, 4)
      expect(report.gradientNorm / expected.gradientNorm).toBeCloseTo(1, 3)
      for (const name of ['scores', 'counted']) {
        expect(report.outputs[0][name].shape).toEqual(expected.outputs[0][name].shape)
        report.outputs[0][name].data.forEach((x, at) => expect(x).toBeCloseTo(expected.outputs[0][name].data[at], 3))
      }
    })
    expectSameWeights(resident.state, host.state)
  })

  test.each<[string, Partial<TrainerSettings>]>([
    ['AdamW and dropout', { hiddenDropout: 0.1 }],
    ['LAMB and clipping', { optimizer: 'lamb', clipNorm: 0.01 }],
  ])('with several batches to an update, %s', async (_name, settings) => {
    const made = [0, 1, 2].map((step): Step<PairBatch> => ({ batches: [makeBatch(), makeBatch(4, 0), makeBatch(5, 9)], step, learningRate: 1e-3 }))
    const { host, resident } = await both(shared, { ...settings, accumulation: 3 }, made)
    resident.reports.forEach((report, i) => {
      expect(report.loss / host.reports[i].loss).toBeCloseTo(1, 4)
      expect(report.gradientNorm / host.reports[i].gradientNorm).toBeCloseTo(1, 3)
      expect(report.outputs.map(({ scores }) => scores.shape)).toEqual(host.reports[i].outputs.map(({ scores }) => scores.shape))
    })
    expectSameWeights(resident.state, host.state)
  })

  test.each<[string, Architecture, Partial<TrainerSettings>]>([
    ['with dropout', shared, { hiddenDropout: 0.2, attentionDropout: 0.1 }],
    ['with mean pooling', { ...shared, pooling: 'mean' }, {}],
    ['with two encoders and frozen layers', { ...shared, towers: 'separate' }, { frozenLayers: 1 }],
  ])('whole or chunk by chunk, %s', async (_name, a, settings) => {
    const [whole, pieces] = [optionsOf(a, settings), optionsOf(a, { ...settings, cachedChunkTokens: 64 })].map((o) => ({ ...o, chunks: { queries: 2, docs: 3 } }))
    const reports = await Promise.all(
      [whole, pieces].map(async (o) => {
        const trainer = await openResidentTrainer(o)
        const made = await trainer.steps(steps)
        await trainer.close()
        return made
      }),
    )
    reports[1].forEach(({ loss, gradientNorm }, i) => {
      expect(loss / reports[0][i].loss).toBeCloseTo(1, 4)
      expect(gradientNorm / reports[0][i].gradientNorm).toBeCloseTo(1, 3)
    })
    expectSameWeights(pieces.state, whole.state)
  })

  test('up to a batch of several that diverges: its step is not made', async () => {
    const wild = [{ batches: [makeBatch(), makeBatch()], step: 0, learningRate: 1e30 }, { batches: [makeBatch(), makeBatch()], step: 1, learningRate: 1e-3 }]
    const { host, resident } = await both(shared, { accumulation: 2, weightDecay: 0 }, wild)
    expect(resident.reports.map(hasDiverged)).toEqual([false, true])
    expect(host.reports.map(hasDiverged)).toEqual([false, true])
    expect(resident.state.weights.every(Number.isFinite)).toBe(true)
  })

  test.each(['margin-mse', 'kl'] as const)('with a teacher, %s', async (loss) => {
    const taught = [0, 1].map((step): Step<PairBatch> => {
      const batch = makeBatch(6, 6)
      const scored = (docs: number[]) => ({ docRows: Int32Array.from(docs), scores: Float32Array.from(docs, () => 8 * draw() - 4) })
      const queries = Array.from({ length: 6 }, (_, q) => ({ positive: q, negatives: [6 + q], scored: scored([q, 6 + q]) }))
      return { batches: [{ ...batch, teaching: teachingOf(queries, batch.masks.mask) }], step, learningRate: 1e-3 }
    })
    const { host, resident } = await both(shared, {}, taught, { loss, temperature: 2, weight: 0.5, labelWeight: 1 })
    resident.reports.forEach((report, i) => {
      const [got, expected] = [report, host.reports[i]].map(({ outputs }) => outputs[0]['distillation loss'].data[0])
      expect(expected).toBeGreaterThan(0)
      expect(got / expected).toBeCloseTo(1, 3)
      expect(report.loss / host.reports[i].loss).toBeCloseTo(1, 4)
    })
  })

  test('up to a step that diverges, which is reported and not made', async () => {
    const wild = steps.map((step, i) => ({ ...step, learningRate: i === 0 ? 1e30 : 1e-3 }))
    const { host, resident } = await both(shared, { weightDecay: 0 }, wild)
    for (const { reports, state } of [host, resident]) {
      expect(reports.map(hasDiverged)).toEqual([false, true])
      expect(state.weights.every(Number.isFinite)).toBe(true)
      expect(state.v.every(Number.isFinite)).toBe(true)
    }
  })
})

describe('ADORE searches in the graph as the host does before each step', () => {
  const DIM = shared.dim
  const collection = Float32Array.from({ length: 50 * DIM }, () => 2 * draw() - 1)
  const [topK, metricCut, temperature] = [8, 6, 2]
  const batches = Array.from({ length: 6 }, (_, n) => {
    const relevant = Array.from({ length: 5 }, (_, q) => Array.from({ length: 1 + ((n + q) % 3) }, (_, p) => (7 * n + 11 * q + 17 * p) % 50))
    return { queries: Array.from({ length: 5 }, () => text(10)), relevant }
  })

  test.each<[string, Partial<TrainerSettings>]>([
    ['plain', {}],
    ['with dropout, which the search is without', { hiddenDropout: 0.3, attentionDropout: 0.2 }],
    ['with several batches to an update', { accumulation: 2, hiddenDropout: 0.1 }],
    ['chunk by chunk', { cachedChunkTokens: 32, hiddenDropout: 0.1 }],
  ])('%s', async (_name, changes) => {
    const settings = { ...TRAIN_DEFAULTS, ...changes }
    const common = (state: TrainState) => ({ architecture: shared, state, settings, seed: 5, threads: 1, chunks: { queries: 2, docs: 0 } })
    const steps = Array.from({ length: batches.length / settings.accumulation }, (_, step) => ({ batches: batches.slice(step * settings.accumulation, (step + 1) * settings.accumulation), step, learningRate: 1e-3 }))

    const there = freshState(shared)
    const searching = await openResidentTrainer({ ...common(there), objective: searchedAdoreObjective(collection, { dim: DIM, temperature, topK, metricCut }) })
    const reports = await searching.steps(steps)
    await searching.close()

    const here = freshState(shared)
    const trainer = await openHostTrainer({ ...common(here), settings: { ...settings, cachedChunkTokens: 0 }, objective: adoreObjective(collection, { dim: DIM, temperature }) })
    const encoder = await openEncoder(shared, viewsOf(here.layout, here.weights), { threads: 1, inTraining: true })
    const search = await openExactSearch(collection, { dim: DIM, k: topK, threads: 1 })
    const [appended, found] = [new Set<unknown>(), new Set<unknown>()]
    for (const { batches, ...step } of steps) {
      const made = []
      for (const { queries, relevant } of batches) {
        const { docs } = await search.search(await encoder.encode(queries))
        const lists = relevant.map((rows, q) => appendPositives(docs.subarray(q * topK, (q + 1) * topK), rows))
        for (const list of lists) (list.docs.length > topK ? appended : found).add(list)
        made.push({ queries, feeds: adoreFeeds(lists, metricCut), lists })
      }
      const [expected] = await trainer.steps([{ batches: made, ...step }])
      const report = reports[step.step]
      expect(report.loss / expected.loss, `loss of step ${step.step}`).toBeCloseTo(1, 4)
      expect(report.gradientNorm / expected.gradientNorm).toBeCloseTo(1, 3)
      made.forEach(({ lists }, b) => {
        const { data, shape: [, width] } = report.outputs[b].positive
        lists.forEach(({ relevant }, q) => expect(Array.from(data.subarray(q * width, (q + 1) * width), (x) => x > 0).slice(0, relevant.length)).toEqual(relevant))
      })
    }
    expect(Math.min(appended.size, found.size)).toBeGreaterThan(0)
    await Promise.all([trainer.close(), encoder.close(), search.close()])
    expectSameWeights(there, here)
  })
})

describe('half precision', () => {
  /** Three steps, from a loss scale and a number of updates that were made with it. */
  async function train(lossScale: [number, number], settings: Partial<TrainerSettings> = {}) {
    const o = optionsOf(shared, { precision: 'half', ...settings })
    o.state.lossScale.set(lossScale)
    const trainer = await openResidentTrainer(o)
    const reports = await trainer.steps(steps)
    await trainer.close()
    return { reports, state: o.state }
  }

  test('learns what single precision learns, but for the rounding of its products', async () => {
    const { host } = await both(shared, {})
    const { reports, state } = await train([1024, 0])
    reports.forEach((report, i) => {
      const off = Math.abs(report.loss / host.reports[i].loss - 1)
      expect(off).toBeLessThan(5e-3)
      expect(off).toBeGreaterThan(1e-8) // products of single precision would hide behind the name
      expect(report.gradientNorm / host.reports[i].gradientNorm).toBeCloseTo(1, 1)
      expect(report).toMatchObject({ lossScale: 1024, isSkipped: false })
    })
    expect([...state.lossScale]).toEqual([1024, 3])
    const before = freshState(shared)
    const moved = (x: TrainState) => x.weights.map((w, i) => w - before.weights[i])
    const [ours, theirs] = [moved(state), moved(host.state)]
    const dot = (a: Float32Array, b: Float32Array) => a.reduce((sum, x, i) => sum + x * b[i], 0)
    expect(dot(ours, theirs) / Math.sqrt(dot(ours, ours) * dot(theirs, theirs))).toBeGreaterThan(0.97)
  })

  test('a gradient beyond its range is skipped, and the scale halved', async () => {
    const { reports, state } = await train([2 ** 30, 7])
    expect(reports.map(({ lossScale, isSkipped }) => [lossScale, isSkipped])).toEqual([[2 ** 30, true], [2 ** 29, true], [2 ** 28, true]])
    expect(reports.map(hasDiverged)).toEqual([false, false, false])
    expect([...state.lossScale]).toEqual([2 ** 27, 0])
    expect(state.weights).toEqual(freshState(shared).weights)
  })

  test('the scale is doubled after 2,000 updates without one', async () => {
    const { reports, state } = await train([64, 1998])
    expect(reports.map(({ lossScale }) => lossScale)).toEqual([64, 64, 128])
    expect([...state.lossScale]).toEqual([128, 1])
  })
})
