// The best is marked by measure and for the run; the start never is; what is not known is null, not zero.
import { expect, it } from 'vitest'
import { makeRun } from '@/components/sample-run'
import { prepareCheckpoints } from './prepare-checkpoints'

const evaluation = (checkpointStep: number, mrr: number, recall: number) => ({ id: `e${checkpointStep}`, checkpointStep, split: 'dev' as const, measures: { 'MRR@10': mrr, 'R@100': recall }, n: 10 })

it('marks the best by each measure among the run’s own checkpoints', () => {
  const rows = prepareCheckpoints(makeRun({ evaluations: [evaluation(0, 0.9, 0.9), evaluation(10, 0.3, 0.5), evaluation(20, 0.2, 0.6)] }), undefined)
  expect(rows.map(({ step, isBest, bestBy }) => [step, isBest, [...bestBy]])).toEqual([[0, false, []], [10, true, ['MRR@10']], [20, false, ['R@100']]])
  expect(rows[1].loss).toBeNull()
})
