// Updates made in one call, weights and moments carried from step to step, against the host's, step by step.
import { describe, expect, test } from 'vitest'
import { TRAIN_DEFAULTS } from '@/contract/presets'
import type { Architecture } from '@/server/model/architecture'
import { viewsOf } from '@/server/model/weights'
import { freshState, makeBatch, shared } from '@/tests/fixtures/random-batches'
import { openHostTrainer } from './host-trainer'
import { pairObjective, type PairBatch } from './objective'
import { openResidentTrainer, type ResidentOptions } from './resident-trainer'
import { hasDiverged, type Step, type TrainerSettings } from './trainer'

const steps: Step<PairBatch>[] = [makeBatch(), makeBatch(4, 0), makeBatch(5, 9)].map((batch, step) => ({ batches: [batch], step, learningRate: 1e-3 * (step + 1) }))

function optionsOf(a: Architecture, settings: Partial<TrainerSettings> = {}): ResidentOptions<PairBatch> {
  return { architecture: a, state: freshState(a), objective: pairObjective({ temperature: 2, falseNegativeShare: 0, distillation: 0 }), settings: { ...TRAIN_DEFAULTS, ...settings }, seed: 5, threads: 1, chunks: { queries: 1, docs: 2 } }
}

/** The same steps by both trainers, which start from the same weights. */
async function both(a: Architecture, settings?: Partial<TrainerSettings>, made = steps) {
  const [here, there] = [optionsOf(a, settings), optionsOf(a, settings)]
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
    const weights = viewsOf(host.state.layout, host.state.weights)
    for (const [name, { data }] of viewsOf(resident.state.layout, resident.state.weights)) {
      if (name.endsWith('key.bias')) continue // its gradient is rounding alone, which Adam scales up
      const worst = data.reduce((most, x, i) => Math.max(most, Math.abs(x - weights.get(name)!.data[i])), 0)
      expect(worst, name).toBeLessThan(1e-4)
    }
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
