// What trainers offer beyond the original: each option against what it must equal by definition, on random texts.
import { describe, expect, test } from 'vitest'
import { TRAIN_DEFAULTS } from '@/contract/presets'
import { modelSpecs, type Architecture } from '@/server/model/architecture'
import { dropoutFeeds } from '@/server/model/dropout'
import { pack } from '@/server/model/pack'
import { viewsOf } from '@/server/model/weights'
import { draw, freshState, makeBatch, shared, text } from '@/tests/fixtures/random-batches'
import { cutByLength } from './chunks'
import type { PairwiseOptions } from './losses/pairwise'
import { pairObjective, type PairBatch } from './objective'
import { createState, type TrainState } from './state'
import { openHostTrainer } from './host-trainer'
import type { TrainerSettings } from './trainer'

const separate: Architecture = { ...shared, towers: 'separate' }
const batches = [makeBatch(), makeBatch(), makeBatch(4, 0)]

interface Run {
  a?: Architecture
  state?: TrainState
  settings?: Partial<TrainerSettings>
  loss?: Partial<PairwiseOptions>
  chunks?: { queries: number; docs: number }
  threads?: number
}

const open = ({ a = shared, state = freshState(a), settings = {}, loss = {}, chunks = { queries: 1, docs: 2 }, threads = 1 }: Run = {}) =>
  openHostTrainer({
    architecture: a,
    state,
    objective: pairObjective({ temperature: 2, falseNegativeShare: 0, distillation: 0, ...loss }),
    settings: { ...TRAIN_DEFAULTS, ...settings },
    seed: 5,
    threads,
    chunks,
  })

/** Gradients of a step, with what the trainer reports. */
async function gradientsOf(run: Run & { batches: PairBatch[]; step?: number }) {
  const state = run.state ?? freshState(run.a ?? shared)
  const trainer = await open({ ...run, state })
  const report = await trainer.evaluate(run.batches, run.step ?? 0)
  await trainer.close()
  return { report, gradients: state.gradients.slice(), state }
}

function expectClose(actual: ArrayLike<number>, expected: ArrayLike<number>, tolerance = 2e-5) {
  const largest = Array.from(expected).reduce((a, b) => Math.max(a, Math.abs(b)), 1e-12)
  const worst = Array.from(expected).reduce((a, b, i) => Math.max(a, Math.abs(b - actual[i])), 0)
  expect(worst / largest).toBeLessThan(tolerance)
}

describe('gradients do not depend on how the work is cut', () => {
  test.each([
    ['chunks', { chunks: { queries: 3, docs: 4 } }],
    ['cached gradients', { settings: { cachedChunkTokens: 30 } }],
    ['cached gradients, text by text', { settings: { cachedChunkTokens: 1 } }],
    ['two threads', { threads: 2 }],
  ])('%s', async (_name, run) => {
    const whole = await gradientsOf({ batches: [batches[0]], chunks: { queries: 1, docs: 1 } })
    const cut = await gradientsOf({ batches: [batches[0]], ...run })
    expectClose(cut.gradients, whole.gradients)
    expect(cut.report.loss).toBeCloseTo(whole.report.loss, 5)
    expect(cut.report.gradientNorm / whole.report.gradientNorm).toBeCloseTo(1, 5)
  })

  test.each([0, 40])('accumulation is the sum over batches (cached chunks of %i tokens)', async (cachedChunkTokens) => {
    const singles: Awaited<ReturnType<typeof gradientsOf>>[] = []
    for (const batch of batches) singles.push(await gradientsOf({ batches: [batch] }))
    const together = await gradientsOf({ batches, settings: { accumulation: 3, cachedChunkTokens } })
    const sum = singles[0].gradients.map((g, i) => g + singles[1].gradients[i] + singles[2].gradients[i])
    expectClose(together.gradients, sum)
    expect(together.report.gradientNorm).toBeCloseTo(Math.hypot(...sum) / 3, 4)
    expect(together.report.loss).toBeCloseTo(singles.reduce((a, s) => a + s.report.loss, 0) / 3, 5)
  })

  test('a text is in exactly one chunk', () => {
    const texts = Array.from({ length: 23 }, () => text(20))
    const groups = cutByLength(texts, 5)
    expect(groups.flat().sort((a, b) => a - b)).toEqual(texts.map((_, i) => i))
  })
})

describe('separate encoders', () => {
  test.each([0, 40])('have the shared encoder’s gradient between them (cached chunks of %i tokens)', async (cachedChunkTokens) => {
    const one = await gradientsOf({ batches: [batches[0]] })
    const state = createState(separate)
    const ours = viewsOf(state.layout, state.weights)
    for (const [name, view] of viewsOf(one.state.layout, one.state.weights)) for (const side of ['query', 'doc']) ours.get(`${side}.${name}`)!.data.set(view.data)
    const two = await gradientsOf({ a: separate, state, batches: [batches[0]], settings: { cachedChunkTokens } })
    expect(two.report.loss).toBeCloseTo(one.report.loss, 5)
    expect(two.report.gradientNorm).toBeCloseTo(Math.hypot(...two.gradients), 4)
    const apart = viewsOf(state.layout, two.gradients)
    for (const [name, view] of viewsOf(one.state.layout, one.gradients)) {
      if (name.endsWith('key.bias')) continue // zero but for rounding
      expectClose(apart.get(`query.${name}`)!.data.map((x, i) => x + apart.get(`doc.${name}`)!.data[i]), view.data, 1e-4)
    }
  })

  test('every weight of both is listed once', () => {
    const names = modelSpecs(separate).map((s) => s.name)
    expect(new Set(names).size).toBe(names.length)
    expect(names).toHaveLength(2 * modelSpecs(shared).length)
  })
})

describe('frozen layers', () => {
  const isFrozen = (name: string) => name.includes('.embeddings.') || name.includes('.layer.0.')
  test.each(['adamw', 'lamb'] as const)('stay as they are with %s, and the others move', async (optimizer) => {
    const state = freshState(shared)
    const before = state.weights.slice()
    const trainer = await open({ state, settings: { frozenLayers: 1, optimizer } })
    await trainer.steps([{ batches: [batches[0]], step: 0, learningRate: 1e-2 }])
    await trainer.close()
    for (const [name, { data }] of viewsOf(state.layout, state.weights)) {
      const was = viewsOf(state.layout, before).get(name)!.data
      expect(data.every((x, i) => x === was[i]), name).toBe(isFrozen(name))
    }
    for (const [name, { data }] of viewsOf(state.layout, state.m)) if (isFrozen(name)) expect(data.every((x) => x === 0), name).toBe(true)
  })
})

describe('dropout', () => {
  const settings = { hiddenDropout: 0.3, attentionDropout: 0.2 }
  test('drops the same at the same step and something else at another, in any number of threads', async () => {
    const first = await gradientsOf({ batches: [batches[0]], settings })
    expect((await gradientsOf({ batches: [batches[0]], settings, threads: 2 })).gradients).toEqual(first.gradients)
    expect((await gradientsOf({ batches: [batches[0]], settings, step: 1 })).report.loss).not.toBe(first.report.loss)
    expect((await gradientsOf({ batches: [batches[0]] })).report.loss).not.toBe(first.report.loss)
  })

  test('keeps the loss right on average', async () => {
    const { report } = await gradientsOf({ batches: [batches[0]] })
    const trainer = await open({ settings: { hiddenDropout: 0.02, attentionDropout: 0.02 } })
    let sum = 0
    for (let step = 0; step < 60; step++) sum += (await trainer.evaluate([batches[0]], step)).loss
    await trainer.close()
    expect(Math.abs(sum / 60 / report.loss - 1)).toBeLessThan(0.1)
  })

  test('keys are odd, and their products drop as many as they should', () => {
    const a = { ...shared, hidden: 512 }
    const feeds = dropoutFeeds(a, { hidden: 0.3, attention: 0 }, 'x', pack(a, Array.from({ length: 40 }, () => text(20))), 9)
    const rows = feeds['x.output 0.rows'].data
    const columns = feeds['x.output 0.columns'].data
    let dropped = 0
    for (const row of rows) for (const column of columns) if (Math.imul(row, column) < -(2 ** 31) + 0.3 * 2 ** 32) dropped++
    expect(Math.abs(dropped / (rows.length * columns.length) - 0.3)).toBeLessThan(0.005)
  })
})

describe('losses beyond the original', () => {
  /** The loss by its definition, in double precision, from the scores that the graph puts out. */
  function byHand(scores: Float32Array, counted: (q: number, d: number) => boolean, o: { queries: number; docs: number; temperature: number; distillation: number; teacher?: Float32Array }) {
    const columns = o.docs + 1
    let pairs = 0
    let loss = 0
    let margins = 0
    for (let q = 0; q < o.queries; q++)
      for (let d = 0; d < o.docs; d++) {
        if (!counted(q, d)) continue
        const [own, other] = [scores[q * columns + q], scores[q * columns + d]]
        pairs++
        loss += Math.log1p(Math.exp(other - own))
        if (o.teacher) margins += (o.temperature * (own - other) - (o.teacher[q * columns + q] - o.teacher[q * columns + d])) ** 2
      }
    return loss / pairs + (o.distillation * margins) / pairs
  }
  const b = batches[0]
  const columns = b.docs.length + 1
  const isPair = (q: number, d: number) => b.masks.mask[q * columns + d] === 1

  test('a negative near its positive is left out', async () => {
    const falseNegativeShare = 0.9
    const { report } = await gradientsOf({ batches: [b], loss: { falseNegativeShare } })
    const scores = report.outputs[0].scores.data as Float32Array
    const kept = (q: number, d: number) => isPair(q, d) && scores[q * columns + d] < falseNegativeShare * scores[q * columns + q]
    const counted = report.outputs[0].counted.data
    let left = 0
    for (let q = 0; q < 6; q++)
      for (let d = 0; d < 12; d++) {
        expect(counted[q * columns + d]).toBe(+kept(q, d))
        if (isPair(q, d) && !kept(q, d)) left++
      }
    expect(left).toBeGreaterThan(0)
    expect(report.loss).toBeCloseTo(byHand(scores, kept, { queries: 6, docs: 12, temperature: 2, distillation: 0 }), 4)
  })

  test('where no pair is left the loss is 0 and nothing moves', async () => {
    const none = { ...b, masks: { ...b.masks, mask: new Float32Array(b.masks.mask.length) } }
    const { report, gradients } = await gradientsOf({ batches: [none], loss: { falseNegativeShare: 0.9 } })
    expect(report.loss).toBe(0)
    expect(gradients.every((x) => x === 0)).toBe(true)
  })

  test('a teacher’s margins are learned', async () => {
    const teacher = Float32Array.from({ length: 7 * columns }, () => 4 * draw())
    const distillation = 0.25
    const { report } = await gradientsOf({ batches: [{ ...b, teacher }], loss: { distillation } })
    const scores = report.outputs[0].scores.data as Float32Array
    const expected = byHand(scores, isPair, { queries: 6, docs: 12, temperature: 2, distillation, teacher })
    expect(report.loss / expected).toBeCloseTo(1, 4)
    // a step in the gradient's direction makes the loss smaller by about its squared norm
    const state = freshState(shared)
    const { gradients } = await gradientsOf({ state, batches: [{ ...b, teacher }], loss: { distillation } })
    const h = 1e-4 / Math.hypot(...gradients)
    for (let i = 0; i < gradients.length; i++) state.weights[i] -= h * gradients[i]
    const moved = await gradientsOf({ state, batches: [{ ...b, teacher }], loss: { distillation } })
    expect((report.loss - moved.report.loss) / (h * Math.hypot(...gradients) ** 2)).toBeCloseTo(1, 0)
  })
})
