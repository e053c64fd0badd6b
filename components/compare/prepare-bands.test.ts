import { expect, it } from 'vitest'
import { makeRun } from '@/components/sample-run'
import { bandRuns } from './prepare-bands'

const evaluation = (checkpointStep: number, mrr: number) => ({ id: `e${checkpointStep}`, checkpointStep, split: 'dev' as const, measures: { 'MRR@10': mrr }, n: 5, intervals: { 'MRR@10': [0, 1] as [number, number] } })
const runs = [
  makeRun({ id: 'a', name: 'warm seed=1', evaluations: [evaluation(100, 0.2), evaluation(200, 0.3)] }),
  makeRun({ id: 'b', name: 'warm seed=2', evaluations: [evaluation(100, 0.4)] }),
  makeRun({ id: 'c', name: 'star', evaluations: [evaluation(100, 0.5)] }),
]

it('draws seeds as their mean from the lowest to the highest, where all of them were judged; a single run has no band', () => {
  const banded = bandRuns(runs, [
    { name: 'warm', runs: ['a', 'b'], measures: [] },
    { name: 'star', runs: ['c'], measures: [] },
  ])
  expect(banded.map(({ id, label }) => [id, label])).toEqual([['a', 'warm (2 seeds)'], ['c', 'star']])
  expect(banded[0].evaluations).toHaveLength(1)
  expect(banded[0].evaluations[0]).toMatchObject({ checkpointStep: 100, measures: { 'MRR@10': expect.closeTo(0.3, 12) }, intervals: { 'MRR@10': [0.2, 0.4] } })
  expect(banded[1].evaluations[0].intervals).toBeUndefined()
})
