// Tukey's honestly significant difference over several runs: every pair at once, with one error rate for all. Called by significance.ts.
import { studentizedRangeUpper } from './distributions'
import { mean } from './paired'

/**
 * All pairs of runs on the same queries. values[run][query] fit the additive model run + query (Carterette 2012):
 * q = |mean_a - mean_b| / sqrt(MSE / n), MSE = sum of squared residuals / ((n - 1)(runs - 1)), p from the studentized range.
 * Needs two runs and two queries.
 */
export function tukeyHsd(values: readonly Float64Array[]): { a: number; b: number; difference: number; p: number }[] {
  const { error, df, means } = residualError(values)
  const standardError = Math.sqrt(error / values[0].length)
  return pairsOf(values.length).map(([a, b]) => {
    const difference = means[b] - means[a]
    const p = error === 0 ? (difference === 0 ? 1 : 0) : studentizedRangeUpper(Math.abs(difference) / standardError, values.length, df)
    return { a, b, difference, p }
  })
}

function pairsOf(count: number): [number, number][] {
  return Array.from({ length: count }, (_, a) => Array.from({ length: count - a - 1 }, (_, i): [number, number] => [a, a + 1 + i])).flat()
}

function residualError(values: readonly Float64Array[]): { error: number; df: number; means: number[] } {
  const [runs, n] = [values.length, values[0].length]
  const means = values.map(mean)
  const overall = mean(means)
  let squares = 0
  for (let q = 0; q < n; q++) {
    let queryMean = 0
    for (const run of values) queryMean += run[q] / runs
    for (let r = 0; r < runs; r++) squares += (values[r][q] - means[r] - queryMean + overall) ** 2
  }
  const df = (n - 1) * (runs - 1)
  return { error: squares / df, df, means }
}
