// Decides the comparison's table: one row per run, per measure its mean, and its difference to the baseline with how sure one can be.
import type { Comparison, PairedComparison } from '@/contract/compare'
import type { MeasureName } from '@/contract/measure'
import { MEASURES } from '@/contract/measure'
import type { RunDetail } from '@/contract/run'
import { chosenEvaluation } from '@/components/runs/prepare-runs'

export type Verdict = 'better' | 'worse' | 'unclear'

export interface ComparisonCell {
  measure: MeasureName
  /** Mean over the run's own judged queries; null where it was not judged. */
  mean: number | null
  /** Against the baseline over the queries that both have; null for the baseline itself. */
  paired: (PairedComparison & { verdict: Verdict }) | null
}

export interface ComparisonRow {
  run: RunDetail
  isBaseline: boolean
  checkpointStep: number | null
  n: number | null
  cells: ComparisonCell[]
}

const SIGNIFICANT = 0.05

export function prepareComparison(runs: RunDetail[], comparison: Comparison | undefined): ComparisonRow[] {
  return runs.map((run, i) => {
    const evaluation = chosenEvaluation(run, 'last')
    return {
      run,
      isBaseline: i === 0,
      checkpointStep: evaluation?.checkpointStep ?? null,
      n: evaluation?.n ?? null,
      cells: MEASURES.map((measure) => {
        const paired = i === 0 ? undefined : comparison?.comparisons.find((pair) => pair.a === comparison.baseline && pair.b === run.id && pair.measure === measure)
        const mean = paired?.meanB ?? baselineMean(comparison, run.id, measure) ?? evaluation?.measures[measure] ?? null
        return { measure, mean, paired: paired ? { ...paired, verdict: verdictOf(paired) } : null }
      }),
    }
  })
}

/** The very mean that the differences were taken from. */
function baselineMean(comparison: Comparison | undefined, runId: string, measure: MeasureName): number | undefined {
  if (comparison?.baseline !== runId) return undefined
  return comparison.comparisons.find((pair) => pair.a === runId && pair.measure === measure)?.meanA
}

function verdictOf({ p, difference }: PairedComparison): Verdict {
  if (p >= SIGNIFICANT || difference === 0) return 'unclear'
  return difference > 0 ? 'better' : 'worse'
}

/** Half-width of the shared axis on which all intervals are drawn, so that they can be compared by eye. */
export function intervalReach(rows: ComparisonRow[]): number {
  return Math.max(0.001, ...rows.flatMap((row) => row.cells.flatMap(({ paired }) => (paired ? [Math.abs(paired.low), Math.abs(paired.high)] : []))))
}
