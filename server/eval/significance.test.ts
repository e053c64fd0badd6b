// p values and intervals are those of the exact tests, within what chance allows.
import { describe, expect, it } from 'vitest'
import { Comparison } from '@/contract/compare'
import { bootstrapInterval, compareToBaseline, comparePaired, holm, randomizationTest } from './significance'

/** p over all 2^n signs. */
function exactP(differences: number[]): number {
  const observed = Math.abs(differences.reduce((a, b) => a + b, 0))
  let hits = 0
  for (let signs = 0; signs < 2 ** differences.length; signs++) {
    const sum = differences.reduce((total, d, i) => total + ((signs >> i) & 1 ? -d : d), 0)
    if (Math.abs(sum) >= observed - 1e-12) hits++
  }
  return hits / 2 ** differences.length
}

describe('randomization test', () => {
  it.each([
    [[0.1, 0.2, 0.3, 0.4, 0.5, -0.1, 0.25, 0.3, 0, 0.15, 0.05, -0.2]],
    [[0.5, -0.5, 0.1, -0.1]],
    [[1, 1, 1, 1, 1, 1, 1, 1]],
    [Array.from({ length: 16 }, (_, i) => (i % 5) / 10 - 0.1)],
  ])('agrees with all permutations: %j', (differences) => {
    const p = exactP(differences)
    const deviation = Math.sqrt((p * (1 - p)) / 20_000)
    expect(Math.abs(randomizationTest(Float64Array.from(differences), { seed: 5, permutations: 20_000 }) - p)).toBeLessThan(4 * deviation + 1e-4)
  })

  it('depends on the seed only, and is 1 where nothing differs', () => {
    const differences = Float64Array.from({ length: 200 }, (_, i) => Math.sin(i) / 3 + 0.02)
    const p = (seed: number) => randomizationTest(differences, { seed, permutations: 1000 })
    expect(p(1)).toBe(p(1))
    expect(p(1)).not.toBe(p(2))
    expect(randomizationTest(new Float64Array(50), { seed: 1 })).toBe(1)
  })
})

it('bootstrap interval is the mean ± 1.96 standard errors for many queries', () => {
  const differences = Float64Array.from({ length: 2000 }, (_, i) => Math.sin(i * 1.7) * 0.4 + 0.03)
  const mean = differences.reduce((a, b) => a + b, 0) / 2000
  const error = Math.sqrt(differences.reduce((sum, d) => sum + (d - mean) ** 2, 0) / 2000 / 2000)
  const [low, high] = bootstrapInterval(differences, { seed: 3 })
  expect(Math.abs(low - (mean - 1.96 * error))).toBeLessThan(0.12 * error)
  expect(Math.abs(high - (mean + 1.96 * error))).toBeLessThan(0.12 * error)
})

it('Holm: by hand, in the order given', () => {
  const corrected = holm([0.01, 0.04, 0.03, 0.005])
  ;[0.03, 0.06, 0.06, 0.02].forEach((p, i) => expect(corrected[i]).toBeCloseTo(p, 12))
  expect(holm([0.5, 0.9])).toEqual([1, 1])
  expect(holm([])).toEqual([])
})

it('comparePaired counts wins from the point of view of b', () => {
  const result = comparePaired(Float64Array.of(0, 0.5, 1, 0.2), Float64Array.of(1, 0.5, 0, 0.4), { seed: 1 })
  expect(result).toMatchObject({ n: 4, wins: 2, ties: 1, losses: 1, meanA: 0.425, meanB: 0.475 })
  expect(result.difference).toBeCloseTo(0.05, 12)
  expect(result.low).toBeLessThan(result.difference)
  expect(result.high).toBeGreaterThan(result.difference)
})

it('compareToBaseline pairs by query row, leaves out what a run lacks, and fits the contract', () => {
  const run = (name: string, rows: number[], values: number[], ndcg?: number[]) => ({ name, queryRows: Int32Array.from(rows), values: { 'MRR@10': Float64Array.from(values), ...(ndcg && { 'NDCG@10': Float64Array.from(ndcg) }) } })
  const answer = compareToBaseline(run('base', [1, 2, 5], [0, 0.5, 1], [0, 0, 1]), [run('x', [2, 5, 9], [1, 1, 0]), run('y', [1, 2, 5], [0, 0.5, 1], [1, 1, 1])], { seed: 1 })
  expect(Comparison.parse(answer)).toEqual(answer)
  expect(answer.comparisons.map(({ b, measure, n }) => [b, measure, n])).toEqual([
    ['x', 'MRR@10', 2],
    ['y', 'MRR@10', 3],
    ['y', 'NDCG@10', 3],
  ])
  expect(answer.comparisons[0]).toMatchObject({ meanA: 0.75, meanB: 1, wins: 1, ties: 1, losses: 0 })
  expect(answer.comparisons[1].p).toBe(1)
})
