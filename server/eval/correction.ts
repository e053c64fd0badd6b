// Corrections of p-values for having looked at several: without them one of twenty equal pairs "differs". Called by significance.ts.
import type { Correction } from '@/contract/compare'

/** Corrected p-values, in the order given. */
export const CORRECTIONS: Record<Correction, (ps: number[]) => number[]> = {
  holm,
  bonferroni: (ps) => ps.map((p) => Math.min(1, p * ps.length)),
  none: (ps) => [...ps],
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
