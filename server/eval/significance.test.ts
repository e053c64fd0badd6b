// p values and intervals are those of the exact tests, within what chance allows.
import { describe, expect, it } from 'vitest'
import { Comparison } from '@/contract/compare'
import { CORRECTIONS, holm } from './correction'
import { normalCdf, studentQuantile, studentTwoSided, studentizedRangeUpper } from './distributions'
import { bootstrapInterval, effectSize, pairedTTest, randomizationTest } from './paired'
import { compareSeeds, type SeededRun } from './seeds'
import { compareToBaseline, comparePaired } from './significance'
import { tukeyHsd } from './tukey'

/** Differences and p of the three pairs, with scipy.stats.studentized_range. */
const TUKEY = [[0.1275, 0.23401270470392865], [0.2525, 0.011298917182057], [0.125, 0.24623246469038318]]

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

describe('distributions agree with scipy 1.17', () => {
  it.each([[-9, 1.1285884059538324e-19], [-3.3, 0.00048342414238377744], [-0.5, 0.3085375387259869], [0, 0.5], [1.96, 0.9750021048517795], [7.5, 0.9999999999999681]])('P(Z <= %d)', (x, p) => {
    expect(normalCdf(x) / p).toBeCloseTo(1, 7)
  })
  it.each([[0.5, 1, 0.7048327646991335], [2, 5, 0.10193947882985835], [3.3, 224, 0.0011248080718293028], [1.96, 6979, 0.05003552434907261], [12, 3, 0.0012450158007893362]])('P(|T| >= %d), %d degrees of freedom', (t, df, p) => {
    expect(studentTwoSided(t, df) / p).toBeCloseTo(1, 9)
  })
  it.each([[1, 12.706204736174694], [2, 4.302652729749462], [4, 2.7764451051977934], [30, 2.0422724563012378]])('t exceeded with 5 %%, %d degrees of freedom', (df, t) => {
    expect(studentQuantile(0.05, df)).toBeCloseTo(t, 8)
  })
  it.each([[3.5, 3, 10, 0.07710331083841038], [2, 4, 60, 0.4955881985996934], [4.5, 5, 896, 0.013109567638954656], [3, 3, 13958, 0.08557923342175422], [1, 2, 8, 0.4995758943632589]])('P(range of means >= %d), %d groups, %d degrees of freedom', (q, groups, df, p) => {
    expect(studentizedRangeUpper(q, groups, df)).toBeCloseTo(p, 7)
  })
})

describe('parametric tests agree with scipy 1.17', () => {
  const a = Float64Array.of(0.1, 0.5, 0.33, 1, 0, 0.2, 0.25, 0.5)
  const b = Float64Array.of(0.2, 0.5, 0.5, 1, 0.1, 0.1, 0.5, 1)
  const c = Float64Array.of(0.5, 0.5, 1, 1, 0.2, 0.2, 0.5, 1)
  const differences = b.map((x, i) => x - a[i])

  it('paired t-test and effect size', () => {
    expect(pairedTTest(differences)).toBeCloseTo(0.09324070067388707, 10)
    expect(effectSize(differences)).toBeCloseTo(0.6866502036519498, 12)
    expect([pairedTTest(Float64Array.of(0.2)), pairedTTest(new Float64Array(5)), effectSize(new Float64Array(5))]).toEqual([null, 1, null])
  })

  it('Tukey HSD with the additive model', () => {
    const pairs = tukeyHsd([a, b, c])
    expect(pairs.map((pair) => [pair.a, pair.b])).toEqual([[0, 1], [0, 2], [1, 2]])
    ;TUKEY.forEach(([difference, p], i) => {
      expect(pairs[i].difference).toBeCloseTo(difference, 12)
      expect(pairs[i].p).toBeCloseTo(p, 6)
    })
    expect(tukeyHsd([a, a, a]).every(({ p }) => p === 1)).toBe(true)
  })
})

describe('seeds', () => {
  const run = (configuration: string, id: string, value: number): SeededRun => ({ id, name: `${configuration}-${id}`, configuration, measures: { 'MRR@10': value } })
  it('aggregate to mean and t interval, and a winner is named where intervals are apart', () => {
    const { groups, winners } = compareSeeds([run('a', '1', 0.2), run('b', '1', 0.25), run('a', '2', 0.21), run('b', '2', 0.26), run('a', '3', 0.19)], ['MRR@10'])
    expect(groups.map(({ name, runs }) => [name, runs])).toEqual([['a-1', ['1', '2', '3']], ['b-1', ['1', '2']]])
    const [{ mean, low, high, deviation }] = groups[0].measures
    expect([mean, deviation]).toEqual([expect.closeTo(0.2, 12), expect.closeTo(0.01, 12)])
    expect(high! - mean).toBeCloseTo((4.302652729749462 * 0.01) / Math.sqrt(3), 9)
    expect(mean - low!).toBeCloseTo(high! - mean, 12)
    expect(winners).toEqual({ 'MRR@10': null }) // two seeds of b: 0.255 ± 0.06
    expect(compareSeeds([run('a', '1', 0.2), run('a', '2', 0.201), run('b', '1', 0.3), run('b', '2', 0.301)], ['MRR@10']).winners).toEqual({ 'MRR@10': 'b-1' })
  })
  it('one seed has no interval and beats nobody', () => {
    const { groups, winners } = compareSeeds([run('a', '1', 0.2), run('a', '2', 0.201), run('b', '1', 0.9)], ['MRR@10'])
    expect(groups[1].measures[0]).toMatchObject({ low: null, high: null })
    expect(winners).toEqual({ 'MRR@10': null })
  })
})

it('Bonferroni and no correction', () => {
  expect(CORRECTIONS.bonferroni([0.01, 0.4, 0.6])).toEqual([0.03, 1, 1])
  expect(CORRECTIONS.none([0.01, 0.4])).toEqual([0.01, 0.4])
})

it('comparePaired counts wins from the point of view of b', () => {
  const result = comparePaired(Float64Array.of(0, 0.5, 1, 0.2), Float64Array.of(1, 0.5, 0, 0.4), { seed: 1 })
  expect(result).toMatchObject({ n: 4, wins: 2, ties: 1, losses: 1, meanA: 0.425, meanB: 0.475 })
  expect(result.difference).toBeCloseTo(0.05, 12)
  expect(result.low).toBeLessThan(result.difference)
  expect(result.high).toBeGreaterThan(result.difference)
})

describe('compareToBaseline', () => {
  const run = (name: string, rows: number[], values: number[], ndcg?: number[]) => ({ name, queryRows: Int32Array.from(rows), values: { 'MRR@10': Float64Array.from(values), ...(ndcg && { 'NDCG@10': Float64Array.from(ndcg) }) } })
  const base = run('base', [1, 2, 5], [0, 0.5, 1], [0, 0, 1])
  const answer = compareToBaseline(base, [run('x', [2, 5, 9], [1, 1, 0]), run('y', [1, 2, 5], [0, 0.5, 1], [1, 1, 1])], { seed: 1 })

  it('pairs by query row, leaves out what a run lacks, and fits the contract', () => {
    expect(Comparison.parse(answer)).toEqual(answer)
    expect(answer.comparisons.map(({ b, measure, n }) => [b, measure, n])).toEqual([
      ['x', 'MRR@10', 2],
      ['y', 'MRR@10', 3],
      ['y', 'NDCG@10', 3],
    ])
    expect(answer.comparisons[0]).toMatchObject({ meanA: 0.75, meanB: 1, wins: 1, ties: 1, losses: 0 })
    expect(answer.comparisons[1].p).toBe(1)
    expect(answer.means.map(({ run, measure, n }) => [run, measure, n])).toEqual([['base', 'MRR@10', 3], ['base', 'NDCG@10', 3], ['x', 'MRR@10', 3], ['y', 'MRR@10', 3], ['y', 'NDCG@10', 3]])
    expect(answer.tukey.map(({ measure, a, b }) => [measure, a, b])).toEqual([['MRR@10', 'base', 'x'], ['MRR@10', 'base', 'y'], ['MRR@10', 'x', 'y']])
  })

  it('leaves queries out that do not count for a measure', () => {
    const { comparisons } = compareToBaseline(base, [run('z', [1, 2, 5], [NaN, 0.5, 0.25])], { seed: 1, measures: ['MRR@10'] })
    expect(comparisons).toMatchObject([{ n: 2, meanA: 0.75, meanB: 0.375 }])
  })

  it('corrects p over all comparisons of the answer', () => {
    const values = (shift: number) => Array.from({ length: 40 }, (_, i) => Math.sin(i) / 4 + shift * Math.abs(Math.cos(i)))
    const rows = Array.from({ length: 40 }, (_, i) => i)
    const options = { seed: 1, permutations: 2000 }
    const others = [run('x', rows, values(0.08)), run('y', rows, values(0.02))]
    const corrected = compareToBaseline(run('base', rows, values(0)), others, { ...options, correction: 'bonferroni' }).comparisons
    const plain = compareToBaseline(run('base', rows, values(0)), others, { ...options, correction: 'none' }).comparisons
    corrected.forEach((each, i) => {
      expect(each.p).toBeCloseTo(Math.min(1, 2 * plain[i].p), 12)
      expect(each.pT).toBeCloseTo(Math.min(1, 2 * plain[i].pT!), 12)
      expect(each.pUncorrected).toBe(plain[i].p)
    })
  })
})
