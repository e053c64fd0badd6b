// Which checkpoint speaks for a run, and what the list's filter and order do.
import { describe, expect, it } from 'vitest'
import { makeRun } from '@/components/sample-run'
import { chosenEvaluation, filterRuns, leaders, sortRuns } from './prepare-runs'

const evaluation = (checkpointStep: number, mrr: number) => ({ id: `e${checkpointStep}`, checkpointStep, split: 'dev' as const, measures: { 'MRR@10': mrr }, n: 5 })

describe('the evaluation that speaks for a run', () => {
  const run = makeRun({ method: 'star', evaluations: [evaluation(0, 0.9), evaluation(300, 0.3), evaluation(600, 0.4), evaluation(900, 0.35)] })
  it('is the best of its own checkpoints, not the start', () => expect(chosenEvaluation(run, 'best')?.checkpointStep).toBe(600))
  it('is the last on demand', () => expect(chosenEvaluation(run, 'last')?.checkpointStep).toBe(900))
  it('is BM25’s only one', () => expect(chosenEvaluation(makeRun({ method: 'bm25', evaluations: [evaluation(0, 0.2)] }), 'best')?.measures['MRR@10']).toBe(0.2))
  it('is absent before the first checkpoint', () => expect(chosenEvaluation(makeRun({ method: 'star', evaluations: [evaluation(0, 0.9)] }), 'best')).toBeNull())
})

describe('the list', () => {
  const runs = [
    makeRun({ id: 'a', name: 'warmup', state: 'succeeded', evaluations: [evaluation(500, 0.1)], createdAt: '2026-01-01T00:00:00.000Z' }),
    makeRun({ id: 'b', name: 'star', method: 'star', state: 'running', evaluations: [], createdAt: '2026-01-02T00:00:00.000Z' }),
    makeRun({ id: 'c', name: 'other', state: 'failed', evaluations: [evaluation(500, 0.3)], createdAt: '2026-01-03T00:00:00.000Z' }),
  ]
  const ids = (list: { id: string }[]) => list.map((run) => run.id).join('')
  it('filters by words, method and state', () => {
    expect(ids(filterRuns(runs, { q: 'STAR wordnet', method: null, state: null }))).toBe('b')
    expect(ids(filterRuns(runs, { q: '', method: 'in-batch', state: null }))).toBe('ac')
    expect(ids(filterRuns(runs, { q: '', method: null, state: 'live' }))).toBe('b')
  })
  it('knows the leader of each data set with something to lead', () => {
    expect([...leaders(runs, 'MRR@10', 'best')]).toEqual([['data-1', 0.3]])
    expect([...leaders(runs.slice(0, 2), 'MRR@10', 'best')]).toEqual([])
  })
  it('sorts, with missing values last both ways', () => {
    expect(ids(sortRuns(runs, 'MRR@10', 'desc', 'best'))).toBe('cab')
    expect(ids(sortRuns(runs, 'MRR@10', 'asc', 'best'))).toBe('acb')
    expect(ids(sortRuns(runs, 'created', 'desc', 'best'))).toBe('cba')
  })
})
