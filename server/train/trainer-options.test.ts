// What trainers offer beyond the original: each option against what it must equal by definition, on random texts.
import { describe, expect, test } from 'vitest'
import { TRAIN_DEFAULTS } from '@/contract/presets'
import { gradients } from '@/server/graph/backward'
import { Graph } from '@/server/graph/graph'
import { modelSpecs, type Architecture } from '@/server/model/architecture'
import { dropoutFeeds } from '@/server/model/dropout'
import { pack } from '@/server/model/pack'
import { viewsOf } from '@/server/model/weights'
import { draw, freshState, makeBatch, shared, text } from '@/tests/fixtures/random-batches'
import { interpret } from '@/tests/fixtures/interpret-graph'
import { cutByLength } from './chunks'
import { distillationLoss, teachingOf } from './losses/distillation'
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
    objective: pairObjective({ temperature: 2, falseNegativeShare: 0, distillation: null, ...loss }),
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
  function byHand(scores: Float32Array, counted: (q: number, d: number) => boolean, o: { queries: number; docs: number }) {
    const columns = o.docs + 1
    let pairs = 0
    let loss = 0
    for (let q = 0; q < o.queries; q++)
      for (let d = 0; d < o.docs; d++) {
        if (!counted(q, d)) continue
        pairs++
        loss += Math.log1p(Math.exp(scores[q * columns + d] - scores[q * columns + q]))
      }
    return loss / pairs
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
    expect(report.loss).toBeCloseTo(byHand(scores, kept, { queries: 6, docs: 12 }), 4)
  })

  test('where no pair is left the loss is 0 and nothing moves', async () => {
    const none = { ...b, masks: { ...b.masks, mask: new Float32Array(b.masks.mask.length) } }
    const { report, gradients } = await gradientsOf({ batches: [none], loss: { falseNegativeShare: 0.9 } })
    expect(report.loss).toBe(0)
    expect(gradients.every((x) => x === 0)).toBe(true)
  })

  describe('a teacher’s scores', () => {
    // every query's two own negatives; the third query's second has no score, the fourth query's positive has none
    const own = makeBatch(6, 12)
    const columns = own.docs.length + 1
    const queries = Array.from({ length: 6 }, (_, q) => {
      const negatives = [6 + 2 * q, 7 + 2 * q]
      const scored = q === 2 ? [q, negatives[0]] : q === 3 ? negatives : [q, ...negatives]
      return { positive: q, negatives, scored: { docRows: Int32Array.from(scored), scores: Float32Array.from(scored, () => 20 * draw() - 10) } }
    })
    const batch = { ...own, teaching: teachingOf(queries, own.masks.mask) }
    const temperature = 2
    const settings = { temperature: 1.5, weight: 0.25, labelWeight: 0.5 }

    /** Lists of student's and teacher's scores, over their temperatures: the positive, then its taught negatives. */
    function lists(scores: Float32Array): { s: number[]; t: number[] }[] {
      return queries.flatMap(({ positive, negatives, scored }, q) => {
        const teacherOf = (doc: number) => (scored.docRows.includes(doc) ? scored.scores[scored.docRows.indexOf(doc)] / settings.temperature : null)
        const taught = negatives.filter((doc) => teacherOf(doc) !== null && own.masks.mask[q * columns + doc] === 1)
        if (teacherOf(positive) === null || taught.length === 0) return []
        const list = [positive, ...taught]
        return [{ s: list.map((doc) => scores[q * columns + doc]), t: list.map((doc) => teacherOf(doc)!) }]
      })
    }
    const byDefinition = {
      'margin-mse': (scores: Float32Array) => {
        const errors = lists(scores).flatMap(({ s, t }) => s.slice(1).map((_, i) => (s[0] - s[i + 1] - (t[0] - t[i + 1])) ** 2))
        return errors.reduce((a, b) => a + b, 0) / errors.length
      },
      kl: (scores: Float32Array) => {
        const softmax = (x: number[]) => x.map((v) => Math.exp(v) / x.reduce((sum, each) => sum + Math.exp(each), 0))
        const each = lists(scores).map(({ s, t }) => softmax(t).reduce((sum, p, i) => sum + p * Math.log(p / softmax(s)[i]), 0))
        return each.reduce((a, b) => a + b, 0) / each.length
      },
    }

    test.each(['margin-mse', 'kl'] as const)('%s is what its definition says, beside the method’s own loss', async (loss) => {
      expect(lists(new Float32Array(7 * columns)).map(({ s }) => s.length)).toEqual([3, 3, 2, 3, 3])
      const { report } = await gradientsOf({ batches: [batch], loss: { temperature, distillation: { loss, ...settings } } })
      const scores = report.outputs[0].scores.data as Float32Array
      const expected = byDefinition[loss](scores)
      expect(report.outputs[0]['distillation loss'].data[0] / expected).toBeCloseTo(1, 4)
      const labels = byHand(scores, (q, d) => own.masks.mask[q * columns + d] === 1, { queries: 6, docs: 18 })
      expect(report.loss / (settings.labelWeight * labels + settings.weight * expected)).toBeCloseTo(1, 4)
    })

    test.each(['margin-mse', 'kl'] as const)('%s: gradients equal finite differences', (loss) => {
      const g = new Graph()
      const scores = g.input('scores', [7, columns])
      const inputs = { own: g.input('own', [7, columns]), teacher: g.input('teacher', [7, columns]), taught: g.input('taught', [7, columns]) }
      const value = distillationLoss(g, { scores, ...inputs }, { loss, temperature: settings.temperature })
      g.output('loss', value)
      g.output('gradient', gradients(g, value, [scores])[0])
      const dense = (data: ArrayLike<number>) => ({ shape: [7, columns], data: Float64Array.from(data) })
      const at = Float64Array.from({ length: 7 * columns }, () => 6 * draw() - 3)
      const feeds = { own: dense(own.masks.own), teacher: dense(batch.teaching.teacher), taught: dense(batch.teaching.taught) }
      const lossAt = (data: Float64Array) => interpret(g, { ...feeds, scores: dense(data) })
      const gradient = lossAt(at).gradient.data
      const h = 1e-5
      const numeric = at.map((x, i) => (lossAt(at.with(i, x + h)).loss.data[0] - lossAt(at.with(i, x - h)).loss.data[0]) / (2 * h))
      expect(numeric.filter((x) => Math.abs(x) > 1e-9)).toHaveLength(14) // the elements of the lists
      // 1e-6 in a denominator of the loss and 1e9 beside the scores: what double precision leaves
      numeric.forEach((x, i) => expect(Math.abs(gradient[i] - x)).toBeLessThan(1e-5))
    })

    test.each(['margin-mse', 'kl'] as const)('%s is finite for scores that no exponential holds, and 0 where nothing is taught', async (loss) => {
      const state = freshState(shared)
      for (const [name, { data }] of viewsOf(state.layout, state.weights)) if (name === 'norm.weight') data.fill(60)
      const distillation = { loss, ...settings, labelWeight: 0 }
      const { report, gradients } = await gradientsOf({ state, batches: [batch], loss: { temperature: 0.1, distillation } })
      expect(Math.max(...Array.from(report.outputs[0].scores.data as Float32Array, Math.abs))).toBeGreaterThan(1e4)
      expect(Number.isFinite(report.loss) && gradients.every(Number.isFinite)).toBe(true)
      expect(report.gradientNorm).toBeGreaterThan(0)
      const untaught = { ...own, teaching: { teacher: new Float32Array(7 * columns), taught: new Float32Array(7 * columns) } }
      const nothing = await gradientsOf({ batches: [untaught], loss: { distillation } })
      expect(nothing.report.loss).toBe(0)
      expect(nothing.gradients.every((x) => x === 0)).toBe(true)
    })

    test('gradients are the same in pieces', async () => {
      for (const loss of ['margin-mse', 'kl'] as const) {
        const distillation = { loss, ...settings }
        const whole = await gradientsOf({ batches: [batch], loss: { distillation } })
        const pieces = await gradientsOf({ batches: [batch], loss: { distillation }, settings: { cachedChunkTokens: 30 } })
        expectClose(pieces.gradients, whole.gradients)
      }
    })
  })
})
