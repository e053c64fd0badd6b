// Which checkpoint speaks for a run.
import { describe, expect, it } from 'vitest'
import { makeRun } from '@/components/sample-run'
import { chosenEvaluation } from './prepare-runs'

const evaluation = (checkpointStep: number, mrr: number) => ({ id: `e${checkpointStep}`, checkpointStep, split: 'dev' as const, measures: { 'MRR@10': mrr }, n: 5 })

describe('the evaluation that speaks for a run', () => {
  const run = makeRun({ method: 'star', evaluations: [evaluation(0, 0.9), evaluation(300, 0.3), evaluation(600, 0.4), evaluation(900, 0.35)] })
  it('is the best of its own checkpoints, not the start', () => expect(chosenEvaluation(run, 'best')?.checkpointStep).toBe(600))
  it('is the last on demand', () => expect(chosenEvaluation(run, 'last')?.checkpointStep).toBe(900))
  it('is the last at or before a step', () => expect([299, 300, 750].map((step) => chosenEvaluation(run, step)?.checkpointStep)).toEqual([undefined, 300, 600]))
  it('is BM25’s only one', () => expect(chosenEvaluation(makeRun({ method: 'bm25', evaluations: [evaluation(0, 0.2)] }), 'best')?.measures['MRR@10']).toBe(0.2))
  it('is absent before the first checkpoint', () => expect(chosenEvaluation(makeRun({ method: 'star', evaluations: [evaluation(0, 0.9)] }), 'best')).toBeNull())
})
