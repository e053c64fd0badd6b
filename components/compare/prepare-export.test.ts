// The letters, the LaTeX table and the CSV say what the comparison says.
import { expect, it } from 'vitest'
import type { Comparison, PairedComparison } from '@/contract/compare'
import { makeRun } from '@/components/sample-run'
import { prepareComparison } from './prepare-comparison'
import { comparisonCsv, comparisonLatex } from './prepare-export'
import { betterThan, letterOf } from './prepare-letters'

const pair = (b: string, difference: number, p: number): PairedComparison => ({ a: 'a', b, measure: 'MRR@10', n: 10, meanA: 0.2, meanB: 0.2 + difference, difference, low: difference - 0.01, high: difference + 0.01, p, pUncorrected: p / 2, pT: null, effect: 0.2, wins: 5, ties: 3, losses: 2 })
const evaluations = [{ id: 'e', checkpointStep: 500, split: 'dev' as const, measures: { 'MRR@10': 0.2 }, n: 10 }]
const runs = [makeRun({ id: 'a', name: 'warm_up 50%', evaluations }), makeRun({ id: 'b', name: 'star', evaluations }), makeRun({ id: 'c', name: 'ad,ore', evaluations })]
const comparison: Comparison = {
  baseline: 'a',
  correction: 'holm',
  permutations: 100,
  means: [],
  comparisons: [pair('b', 0.1, 0.01), pair('c', 0.15, 0.2)],
  tukey: [
    { measure: 'MRR@10', a: 'a', b: 'b', difference: 0.1, p: 0.04 },
    { measure: 'MRR@10', a: 'a', b: 'c', difference: 0.15, p: 0.01 },
    { measure: 'MRR@10', a: 'b', b: 'c', difference: 0.05, p: 0.06 },
  ],
}
const ids = runs.map((run) => run.id)

it('names the runs that one is significantly better than, and none that it is not', () => {
  expect(['a', 'b', 'c'].map((id) => betterThan(id, 'MRR@10', ids, comparison))).toEqual(['', 'a', 'a'])
  expect(betterThan('c', 'AP', ids, comparison)).toBe('')
  // Without Tukey the corrected p decides, also for a baseline that is better.
  const two = { ...comparison, tukey: [], comparisons: [pair('b', -0.1, 0.01)] }
  expect(betterThan('a', 'MRR@10', ['a', 'b'], two)).toBe('b')
  expect([0, 25, 26, 27].map(letterOf)).toEqual(['a', 'z', 'aa', 'ab'])
})

it('writes a LaTeX table with escaped names, the best bold, and the test in its caption', () => {
  const latex = comparisonLatex(prepareComparison(runs, comparison, ['MRR@10']), comparison, ['MRR@10'], 'ms_marco')
  expect(latex).toContain('a & warm\\_up 50\\% & .200 \\\\')
  expect(latex).toContain('b & star & .300$^{a}$ \\\\')
  expect(latex).toContain('c & ad,ore & \\textbf{.350}$^{a}$ \\\\')
  expect(latex).toMatch(/caption\{Effectiveness on ms\\_marco \(10 queries\).*Tukey's HSD/)
})

it('writes every number as CSV', () => {
  const lines = comparisonCsv(prepareComparison(runs, comparison, ['MRR@10']), comparison).split('\r\n')
  expect(lines).toHaveLength(5)
  expect(lines[1]).toBe('warm_up 50%,a,500,MRR@10,10,0.2,,,,,,,,,,,,,,,')
  expect(lines[3]).toMatch(/^"ad,ore",c,500,MRR@10,10,0\.35,,,warm_up 50%,10,0\.15,/)
  expect(lines.slice(0, 4).every((line) => line.replaceAll(/"[^"]*"/g, '').split(',').length === 21)).toBe(true)
})
