// Tests and intervals on the differences of two runs, query by query. Called by significance.ts.
import { randomBits } from '@/server/random/random'
import { studentTwoSided } from './distributions'

/** A multiple of 4, the permutations that 32 random bits serve. */
const PERMUTATIONS_AT_ONCE = 1024

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
  // Table by table for many permutations at once: a table of 2 kB stays in the nearest cache, all of them do not.
  const sums = new Float64Array(PERMUTATIONS_AT_ONCE)
  for (let done = 0; done < permutations; done += PERMUTATIONS_AT_ONCE) {
    const count = Math.min(PERMUTATIONS_AT_ONCE, permutations - done)
    sums.fill(0)
    for (let table = 0; table < tables.length; table += 256) {
      for (let i = 0; i < count; i += 4) {
        const bits = random()
        sums[i] += tables[table + (bits & 255)]
        sums[i + 1] += tables[table + ((bits >>> 8) & 255)]
        sums[i + 2] += tables[table + ((bits >>> 16) & 255)]
        sums[i + 3] += tables[table + (bits >>> 24)]
      }
    }
    for (let i = 0; i < count; i++) if (Math.abs(sums[i]) >= reached) hits++
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

/** Two-sided p of the paired t-test (Student 1908): t = mean / (s / sqrt(n)). 1 where nothing differs, null for fewer than two queries. */
export function pairedTTest(differences: Float64Array): number | null {
  const n = differences.length
  if (n < 2) return null
  const { mean, deviation } = momentsOf(differences)
  if (deviation === 0) return mean === 0 ? 1 : 0
  return studentTwoSided(mean / (deviation / Math.sqrt(n)), n - 1)
}

/** Cohen's d of paired differences, mean / s: how large the difference is against its spread over queries. Null where the spread is 0. */
export function effectSize(differences: Float64Array): number | null {
  const { mean, deviation } = momentsOf(differences)
  return deviation > 0 ? mean / deviation : null
}

/** 95 % percentile interval of the mean over queries drawn with replacement (Efron 1979). */
export function bootstrapInterval(values: Float64Array, { seed, resamples = 2_000 }: { seed: number; resamples?: number }): [number, number] {
  const random = randomBits(seed)
  const n = values.length
  const means = new Float64Array(resamples)
  for (let i = 0; i < resamples; i++) {
    let sum = 0
    for (let j = 0; j < n; j++) sum += values[Math.floor((random() / 2 ** 32) * n)]
    means[i] = sum / n
  }
  means.sort()
  return [means[Math.floor(0.025 * (resamples - 1))], means[Math.ceil(0.975 * (resamples - 1))]]
}

export function mean(values: ArrayLike<number>): number {
  let sum = 0
  for (let i = 0; i < values.length; i++) sum += values[i]
  return sum / values.length
}

/** Mean and standard deviation of the sample (n - 1). */
export function momentsOf(values: ArrayLike<number>): { mean: number; deviation: number } {
  const centre = mean(values)
  let squares = 0
  for (let i = 0; i < values.length; i++) squares += (values[i] - centre) ** 2
  return { mean: centre, deviation: values.length > 1 ? Math.sqrt(squares / (values.length - 1)) : 0 }
}
