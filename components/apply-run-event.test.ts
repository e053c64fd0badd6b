// Order, repetition and resume of events.
import { describe, expect, it } from 'vitest'
import type { RunEvent, RunEventBody } from '@/contract/event'
import { applyToMetrics, applyToRun, isAfter } from './apply-run-event'
import { makeRun } from './sample-run'

const event = (id: string, body: RunEventBody): RunEvent => ({ id, runId: 'run-1', datasetId: null, at: '2026-01-01T00:01:00.000Z', body })
const metrics = (id: string, ...points: [number, number][]): RunEvent => event(id, { type: 'metrics', stepId: 's', points: points.map(([step, value]) => ({ name: 'loss', step, value })) })

describe('cursor', () => {
  it('compares decimal strings of any length', () => {
    expect(isAfter('10', '9')).toBe(true)
    expect(isAfter('9', '10')).toBe(false)
    expect(isAfter('90071992547409931', '90071992547409930')).toBe(true)
    expect(isAfter('5', '5')).toBe(false)
  })
})

describe('a run', () => {
  it('ignores what it already holds', () => {
    const run = makeRun({ cursor: '20' })
    expect(applyToRun(run, event('20', { type: 'run-state', state: 'failed', reason: 'x' }))).toBe(run)
  })
  it('takes an evaluation once per checkpoint, in order', () => {
    let run = makeRun({ cursor: '1', evaluations: [] })
    run = applyToRun(run, event('2', { type: 'evaluation', stepId: 's', split: 'dev', checkpointStep: 200, measures: { 'MRR@10': 0.2 }, n: 9 }))
    run = applyToRun(run, event('3', { type: 'evaluation', stepId: 's', split: 'dev', checkpointStep: 100, measures: { 'MRR@10': 0.1 }, n: 9 }))
    run = applyToRun(run, event('4', { type: 'evaluation', stepId: 's', split: 'dev', checkpointStep: 200, measures: { 'MRR@10': 0.3 }, n: 9 }))
    expect(run.evaluations.map((e) => [e.checkpointStep, e.measures['MRR@10']])).toEqual([[100, 0.1], [200, 0.3]])
  })
  it('drops an older attempt’s progress', () => {
    const run = makeRun({ cursor: '1' })
    const stepId = run.steps[2].id
    const worked = applyToRun(run, event('2', { type: 'progress', stepId, progress: { done: 5, total: 10, unit: 'steps', secondsLeft: 3 } }))
    expect(worked.steps[2].progress?.done).toBe(5)
    const again = applyToRun(worked, event('3', { type: 'step-state', stepId, state: 'running', attempt: 2, reason: null, reused: false }))
    expect(again.steps[2].progress).toBeNull()
    expect(again.currentStep).toBe(run.steps[2].label)
  })
})

describe('curves', () => {
  it('replace the points of a replayed stretch', () => {
    const before = applyToMetrics({}, [metrics('1', [1, 9], [2, 8], [3, 7])])
    const after = applyToMetrics(before, [metrics('2', [2, 80], [3, 70]), metrics('3', [4, 6])])
    expect(after.loss.map((p) => [p.step, p.value])).toEqual([[1, 9], [2, 80], [3, 70], [4, 6]])
    expect(before.loss).toHaveLength(3)
  })
  it('take a late point into its place', () => {
    const series = applyToMetrics({}, [metrics('1', [1, 9], [3, 7]), metrics('2', [2, 8])])
    expect(series.loss.map((p) => p.step)).toEqual([1, 2, 3])
  })
})
