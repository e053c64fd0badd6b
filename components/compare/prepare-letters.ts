// Decides the letters of the comparison: each run has one, and a value carries those of the runs that it is significantly better than.
import { type Comparison, SIGNIFICANT } from '@/contract/compare'

/** a, b, ..., z, aa, ab, ... in the order of the runs. */
export const letterOf = (index: number): string => (index < 26 ? String.fromCharCode(97 + index) : letterOf(Math.floor(index / 26) - 1) + letterOf(index % 26))

/** Which test the letters come from: Tukey's HSD over all pairs from three runs on, else the corrected randomization test against the first. */
export const letterTest = (comparison: Comparison): 'tukey' | 'randomization' => (comparison.tukey.length > 0 ? 'tukey' : 'randomization')

/** Letters of the runs that `run` is better than in this measure; '' where it is better than none. */
export function betterThan(run: string, measure: string, ids: readonly string[], comparison: Comparison): string {
  const pairs = letterTest(comparison) === 'tukey' ? comparison.tukey : comparison.comparisons
  // difference = mean(b) - mean(a)
  const beaten = pairs.filter((pair) => pair.measure === measure && pair.p < SIGNIFICANT).flatMap(({ a, b, difference }) => (b === run && difference > 0 ? [a] : a === run && difference < 0 ? [b] : []))
  return ids.flatMap((id, i) => (beaten.includes(id) ? [letterOf(i)] : [])).join('')
}
