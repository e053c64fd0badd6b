// Is the difference between runs more than chance? Called by the compare API and by `drhard eval --stats`.
import type { Comparison, Correction, PairedComparison, RunMean, TukeyPair } from '@/contract/compare'
import { CORRECTIONS } from './correction'
import { bootstrapInterval, effectSize, mean, pairedTTest, randomizationTest } from './paired'
import type { PerQuery } from './per-query'
import { tukeyHsd } from './tukey'

/** A run's values per query under the name or id that the answer is to use. */
export interface ComparedRun extends PerQuery {
  name: string
}

export interface CompareOptions {
  seed: number
  /** Canonical names; by default those of the baseline. */
  measures?: readonly string[]
  permutations?: number
  resamples?: number
  correction?: Correction
}

const PERMUTATIONS = 10_000

/** Every other run against the baseline, on every measure and over the queries that both have; from three runs on also all pairs by Tukey's HSD. */
export function compareToBaseline(baseline: ComparedRun, others: ComparedRun[], { correction = 'holm', permutations = PERMUTATIONS, ...options }: CompareOptions): Comparison {
  const measures = options.measures ?? Object.keys(baseline.values)
  const runs = [baseline, ...others]
  const comparisons: PairedComparison[] = []
  for (const other of others) {
    for (const measure of measures) {
      const [a, b] = sharedValues([baseline, other], measure)
      if (a?.length > 0) comparisons.push({ a: baseline.name, b: other.name, measure, ...comparePaired(a, b, { ...options, permutations }) })
    }
  }
  const correct = CORRECTIONS[correction]
  const p = correct(comparisons.map((each) => each.pUncorrected))
  // a pair of fewer than two queries has no t
  const tested = comparisons.filter((each) => each.pT !== null)
  const pT = new Map(correct(tested.map((each) => each.pT!)).map((value, i) => [tested[i], value]))
  return {
    baseline: baseline.name,
    correction,
    permutations,
    means: runs.flatMap((run) => measures.flatMap((measure) => meanOf(run, measure, options) ?? [])),
    comparisons: comparisons.map((each, i) => ({ ...each, p: p[i], pT: pT.get(each) ?? null })),
    tukey: runs.length < 3 ? [] : measures.flatMap((measure) => tukeyOf(runs, measure)),
  }
}

/** One comparison on paired values; p and pT are not corrected. */
export function comparePaired(a: Float64Array, b: Float64Array, { seed, permutations, resamples }: CompareOptions): Omit<PairedComparison, 'a' | 'b' | 'measure'> {
  const differences = b.map((value, i) => value - a[i])
  const [low, high] = bootstrapInterval(differences, { seed, resamples })
  const p = randomizationTest(differences, { seed, permutations })
  return {
    n: a.length,
    meanA: mean(a),
    meanB: mean(b),
    difference: mean(differences),
    low,
    high,
    p,
    pUncorrected: p,
    pT: pairedTTest(differences),
    effect: effectSize(differences),
    wins: differences.filter((d) => d > 0).length,
    ties: differences.filter((d) => d === 0).length,
    losses: differences.filter((d) => d < 0).length,
  }
}

function meanOf(run: ComparedRun, measure: string, { seed, resamples }: CompareOptions): RunMean | null {
  const values = run.values[measure]?.filter((value) => !Number.isNaN(value))
  if (!values?.length) return null
  const [low, high] = bootstrapInterval(values, { seed, resamples })
  return { run: run.name, measure, n: values.length, mean: mean(values), low, high }
}

function tukeyOf(runs: ComparedRun[], measure: string): TukeyPair[] {
  const having = runs.filter((run) => run.values[measure])
  const values = sharedValues(having, measure)
  if (having.length < 3 || values[0].length < 2) return []
  return tukeyHsd(values).map(({ a, b, difference, p }) => ({ measure, a: having[a].name, b: having[b].name, difference, p }))
}

/** Values of the queries that count for all these runs, in the same order; nothing where one of them lacks the measure. */
function sharedValues(runs: ComparedRun[], measure: string): Float64Array[] {
  if (runs.some((run) => !run.values[measure])) return []
  const byRow = runs.map((run) => new Map(Array.from(run.queryRows, (row, i) => [row, run.values[measure][i]])))
  const shared = runs[0].queryRows.filter((row) => byRow.every((values) => !Number.isNaN(values.get(row) ?? NaN)))
  return byRow.map((values) => Float64Array.from(shared, (row) => values.get(row)!))
}
