// The verdict of a comparison and where its numbers come from.
import { describe, expect, it } from 'vitest'
import type { Comparison, PairedComparison } from '@/contract/compare'
import { makeRun } from '@/components/sample-run'
import { intervalReach, prepareComparison } from './prepare-comparison'

const pair = (changes: Partial<PairedComparison>): PairedComparison => ({ a: 'a', b: 'b', measure: 'MRR@10', n: 10, meanA: 0.2, meanB: 0.25, difference: 0.05, low: 0.01, high: 0.09, p: 0.01, pUncorrected: 0.005, pT: 0.01, effect: 0.2, wins: 5, ties: 3, losses: 2, ...changes })

const answer = (comparisons: PairedComparison[]): Comparison => ({ baseline: 'a', correction: 'holm', permutations: 1000, means: [], comparisons, tukey: [] })

describe('comparison', () => {
  const runs = [makeRun({ id: 'a', evaluations: [{ id: 'e', checkpointStep: 500, split: 'dev', measures: { 'MRR@10': 0.19 }, n: 12 }] }), makeRun({ id: 'b' }), makeRun({ id: 'c' })]
  it('is against the first run, with its means over the shared queries', () => {
    const rows = prepareComparison(runs, answer([pair({}), pair({ b: 'c', difference: -0.02, p: 0.4, low: -0.2 })]), ['MRR@10'])
    expect(rows.map((row) => [row.isBaseline, row.cells[0].mean, row.cells[0].paired?.verdict])).toEqual([[true, 0.2, undefined], [false, 0.25, 'better'], [false, 0.25, 'unclear']])
    expect(intervalReach(rows)).toBe(0.2)
  })
  it('calls a significant loss worse', () => {
    const rows = prepareComparison(runs, answer([pair({ difference: -0.05 })]), ['MRR@10'])
    expect(rows[1].cells[0].paired?.verdict).toBe('worse')
  })
  it('shows the run’s own mean until the comparison is there, and nothing that was not measured', () => {
    const rows = prepareComparison(runs, undefined, ['MRR@10', 'R@100', 'AP'])
    expect(rows[0].cells.map((cell) => cell.mean)).toEqual([0.19, null, null])
  })
})
