// Is the difference between two runs more than chance? Paired tests on values per query. Called by the compare API and the command line.
import type { Comparison, PairedComparison } from '@/contract/compare'
import { MEASURES, type MeasureName } from '@/contract/measure'
import { randomBits } from '@/server/random/random'
import type { PerQuery } from './per-query'

/** A run's values per query under the name or id that the answer is to use. */
export interface ComparedRun extends PerQuery {
  name: string
}

export interface CompareOptions {
  seed: number
  measures?: readonly MeasureName[]
  permutations?: number
  resamples?: number
}

/** Every other run against the baseline, on every measure and over the queries that both have. p is Holm-corrected over the whole answer. */
export function compareToBaseline(baseline: ComparedRun, others: ComparedRun[], options: CompareOptions): Comparison {
  const comparisons: PairedComparison[] = []
  for (const other of others) {
    for (const measure of options.measures ?? MEASURES) {
      const pairs = pairValues(baseline, other, measure)
      if (pairs && pairs.a.length > 0) comparisons.push({ a: baseline.name, b: other.name, measure, ...comparePaired(pairs.a, pairs.b, options) })
    }
  }
  const corrected = holm(comparisons.map(({ p }) => p))
  return { baseline: baseline.name, comparisons: comparisons.map((each, i) => ({ ...each, p: corrected[i] })) }
}

/** One comparison on paired values; p is not corrected. */
export function comparePaired(a: Float64Array, b: Float64Array, { seed, permutations, resamples }: CompareOptions): Omit<PairedComparison, 'a' | 'b' | 'measure'> {
  const differences = b.map((value, i) => value - a[i])
  const [low, high] = bootstrapInterval(differences, { seed, resamples })
  return {
    n: a.length,
    meanA: mean(a),
    meanB: mean(b),
    difference: mean(differences),
    low,
    high,
    p: randomizationTest(differences, { seed, permutations }),
    wins: differences.filter((d) => d > 0).length,
    ties: differences.filter((d) => d === 0).length,
    losses: differences.filter((d) => d < 0).length,
  }
}

/**
 * Two-sided p of Fisher's paired randomization test: how often random signs give a mean difference at least as far from 0.
 * Smucker, Allan & Carterette 2007. p = (hits + 1) / (permutations + 1), so it is never 0.
 */
export function randomizationTest(differences: Float64Array, { seed, permutations = 10_000 }: { seed: number; permutations?: number }): number {
  // Queries on which the runs are equal change no sum.
  const unequal = differences.filter((d) => d !== 0)
  const sum = unequal.reduce((total, d) => total + d, 0)
  // A permutation that gives the very same sum must count, however it is rounded.
  const reached = Math.abs(sum) - 1e-9 * unequal.reduce((total, d) => total + Math.abs(d), 0)
  const tables = signedSums(unequal)
  const random = randomBits(seed)
  let hits = 0
  for (let i = 0; i < permutations; i++) {
    let permuted = 0
    let bits = 0
    for (let table = 0; table < tables.length; table += 256) {
      bits = table % 1024 === 0 ? random() : bits >>> 8
      permuted += tables[table + (bits & 255)]
    }
    if (Math.abs(permuted) >= reached) hits++
  }
  return (hits + 1) / (permutations + 1)
}

/** For every eight differences the sums under all 256 choices of signs: one look-up instead of eight unpredictable branches. */
function signedSums(differences: Float64Array): Float64Array {
  const tables = new Float64Array(Math.ceil(differences.length / 8) * 256)
  differences.forEach((d, j) => {
    const table = Math.floor(j / 8) * 256
    for (let signs = 0; signs < 256; signs++) tables[table + signs] += (signs >> j % 8) & 1 ? -d : d
  })
  return tables
}

/** 95 % percentile interval of the mean over queries drawn with replacement. */
export function bootstrapInterval(differences: Float64Array, { seed, resamples = 2_000 }: { seed: number; resamples?: number }): [number, number] {
  const random = randomBits(seed)
  const n = differences.length
  const means = new Float64Array(resamples)
  for (let i = 0; i < resamples; i++) {
    let sum = 0
    for (let j = 0; j < n; j++) sum += differences[Math.floor((random() / 2 ** 32) * n)]
    means[i] = sum / n
  }
  means.sort()
  return [means[Math.floor(0.025 * (resamples - 1))], means[Math.ceil(0.975 * (resamples - 1))]]
}

/** Holm 1979: the i-th smallest p of m is multiplied by m - i + 1; larger ones never get a smaller result. In the order given. */
export function holm(ps: number[]): number[] {
  const order = ps.map((_, i) => i).sort((i, j) => ps[i] - ps[j])
  const corrected = new Array<number>(ps.length)
  let largest = 0
  order.forEach((i, rank) => {
    largest = Math.max(largest, Math.min(1, (ps.length - rank) * ps[i]))
    corrected[i] = largest
  })
  return corrected
}

/** Values of the queries that both runs have; null where one run lacks the measure. */
function pairValues(one: PerQuery, other: PerQuery, measure: MeasureName): { a: Float64Array; b: Float64Array } | null {
  const [valuesA, valuesB] = [one.values[measure], other.values[measure]]
  if (!valuesA || !valuesB) return null
  const placeInB = new Map(Array.from(other.queryRows, (row, i) => [row, i]))
  const shared = Array.from(one.queryRows.keys()).filter((i) => placeInB.has(one.queryRows[i]))
  return { a: Float64Array.from(shared, (i) => valuesA[i]), b: Float64Array.from(shared, (i) => valuesB[placeInB.get(one.queryRows[i])!]) }
}

function mean(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}
