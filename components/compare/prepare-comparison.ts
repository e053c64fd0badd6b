// Decides the comparison's table: one row per run, per measure its mean, and its difference to the baseline with how sure one can be.
import { type Comparison, type PairedComparison, type RunMean, SIGNIFICANT } from '@/contract/compare'
import type { RunDetail } from '@/contract/run'
import { chosenEvaluation } from '@/components/runs/prepare-runs'

export type Verdict = 'better' | 'worse' | 'unclear'

export interface ComparisonCell {
  /** Canonical name. */
  measure: string
  /** Mean over the run's own judged queries; null where it was not judged. */
  mean: number | null
  /** 95 % interval of the run's own mean; null until the comparison is there. */
  interval: Pick<RunMean, 'low' | 'high'> | null
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

export function prepareComparison(runs: RunDetail[], comparison: Comparison | undefined, measures: readonly string[]): ComparisonRow[] {
  return runs.map((run, i) => {
    const evaluation = chosenEvaluation(run, 'last')
    return {
      run,
      isBaseline: i === 0,
      checkpointStep: evaluation?.checkpointStep ?? null,
      n: evaluation?.n ?? null,
      cells: measures.map((measure) => {
        const paired = i === 0 ? undefined : comparison?.comparisons.find((pair) => pair.a === comparison.baseline && pair.b === run.id && pair.measure === measure)
        const mean = paired?.meanB ?? baselineMean(comparison, run.id, measure) ?? evaluation?.measures[measure] ?? null
        const interval = comparison?.means.find((own) => own.run === run.id && own.measure === measure) ?? evaluation?.intervals?.[measure]
        return { measure, mean, interval: interval ? toInterval(interval) : null, paired: paired ? { ...paired, verdict: verdictOf(paired) } : null }
      }),
    }
  })
}

const toInterval = (interval: RunMean | [number, number]) => (Array.isArray(interval) ? { low: interval[0], high: interval[1] } : { low: interval.low, high: interval.high })

/** The very mean that the differences were taken from. */
function baselineMean(comparison: Comparison | undefined, runId: string, measure: string): number | undefined {
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
