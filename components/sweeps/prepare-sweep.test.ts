import { describe, expect, it } from 'vitest'
import { PRESETS } from '@/contract/presets'
import { prepareSweep, type SweepDraft } from './prepare-sweep'

const base = PRESETS.find((preset) => preset.id === 'in-batch')!.runs('d')[0]
const draft = (changes: Partial<SweepDraft>): SweepDraft => ({ name: 'sweep', fields: [], mode: 'grid', randomRuns: '10', seeds: '42', earlyStop: false, measure: 'MRR@10', ...changes })
const field = (values: string) => ({ fields: [{ path: 'train.learningRate', values }] })

describe('the form of a sweep', () => {
  it('counts every combination with every seed', () => {
    const prepared = prepareSweep(draft({ fields: [{ path: 'train.learningRate', values: '1e-3, 2e-3' }, { path: 'train.optimizer', values: 'adamw, lamb' }], seeds: '1, 2, 3' }), base)
    expect(prepared).toMatchObject({ ok: true, count: 12, sweep: { seeds: [1, 2, 3], fields: [{ values: [0.001, 0.002] }, { values: ['adamw', 'lamb'] }] } })
  })

  it('reads ranges for random draws', () => {
    expect(prepareSweep(draft({ ...field('1e-5..1e-2 log'), mode: 'random' }), base)).toMatchObject({ ok: true, count: 10, sweep: { random: { runs: 10 }, fields: [{ values: { min: 1e-5, max: 1e-2, scale: 'log', whole: false } }] } })
    expect(prepareSweep(draft({ ...field('16..64 linear whole'), mode: 'random' }), base)).toMatchObject({ ok: true, sweep: { fields: [{ values: { scale: 'linear', whole: true } }] } })
  })

  it.each([
    [field(''), 'Give values, separated by commas'],
    [field('1e-5..1e-2'), 'A range is for random draws; give a list such as 64, 128'],
    [{ ...field('0..1 log'), mode: 'random' as const }, 'A logarithmic range begins above 0'],
    [{ ...field('5..1'), mode: 'random' as const }, 'Give a range as smallest..largest'],
    [{ fields: [{ path: '', values: '1' }] }, 'Choose a field'],
    [{ seeds: 'x' }, 'Give seeds as whole numbers, separated by commas'],
  ])('%j: %s', (changes, message) => expect(prepareSweep(draft(changes), base)).toMatchObject({ ok: false, message }))
})
