import { describe, expect, it } from 'vitest'
import { uniform } from '@/server/random/random'
import { PRESETS } from './presets'
import { expandSweep, isBehind, NewSweep, type NewSweepInput } from './sweep'

const base = PRESETS.find((preset) => preset.id === 'in-batch')!.runs('d')[0]
const expand = (sweep: Omit<NewSweepInput, 'base'>) => expandSweep(NewSweep.parse({ base, ...sweep }), uniform)
const train = (config: object) => (config as { train: Record<string, number> }).train

describe('a sweep', () => {
  it('is every combination, with every seed, named by what differs', () => {
    const runs = expand({ fields: [{ path: 'train.learningRate', values: [0.001, 0.002] }, { path: 'train.batchSize', values: [64, 128] }], seeds: [1, 2] })
    expect(runs).toHaveLength(8)
    expect(runs[0]).toMatchObject({ name: 'in-batch learningRate=0.001 batchSize=64 seed=1', config: { seed: 1, train: { learningRate: 0.001, batchSize: 64 } } })
    expect(new Set(runs.map((run) => run.name)).size).toBe(8)
    expect(train(base.config).batchSize).toBe(128)
  })

  it('at random is within its ranges, even in the logarithm, and the same for the same seed', () => {
    const sweep = { fields: [{ path: 'train.learningRate', values: { min: 1e-5, max: 1e-1, scale: 'log' as const } }, { path: 'train.batchSize', values: { min: 16, max: 64, scale: 'linear' as const, whole: true } }], random: { runs: 100, seed: 3 } }
    const runs = expand(sweep)
    expect(runs).toEqual(expand(sweep))
    const rates = runs.map((run) => train(run.config).learningRate)
    expect(rates.every((rate) => rate >= 1e-5 && rate <= 1e-1)).toBe(true)
    expect(rates.filter((rate) => rate < 1e-3).length).toBeGreaterThan(30)
    expect(runs.every((run) => Number.isInteger(train(run.config).batchSize))).toBe(true)
  })

  it('says which value does not fit, which field there is not, and how many are too many', () => {
    expect(() => expand({ fields: [{ path: 'train.batchSize', values: [1] }] })).toThrow('batchSize=1: train.batchSize: At least 2')
    expect(() => expand({ fields: [{ path: 'k1', values: [1] }] })).toThrow('k1 is no field of a in-batch run')
    expect(() => expand({ fields: [{ path: 'train.steps', values: Array.from({ length: 50 }, (_, i) => i + 1) }], seeds: [1, 2, 3, 4, 5] })).toThrow('The sweep has 250 runs')
  })
})

it('a run is behind when it is below the median of enough others', () => {
  expect(isBehind(0.2, [0.3, 0.1], { minRuns: 3 })).toMatchObject({ behind: false })
  expect(isBehind(0.2, [0.3, 0.1, 0.4], { minRuns: 3 })).toEqual({ behind: true, median: 0.3 })
  expect(isBehind(0.3, [0.3, 0.1, 0.4], { minRuns: 3 }).behind).toBe(false)
  expect(isBehind(0.2, [0.1, 0.2, 0.3, 0.4], { minRuns: 3 })).toEqual({ behind: true, median: 0.25 })
})
