// Decides what the charts draw: points of measures by checkpoint, thinned and smoothed training curves, merged rows for Recharts.
// A missing value is a gap, an extreme is never thinned away, and smoothing never moves the ends.
import type { MeasureName } from '@/contract/measure'
import type { EvaluationSummary, MetricSeries } from '@/contract/run'
import { measureTicks, niceTicks } from './prepare-axis'

export interface CurvePoint {
  x: number
  y: number
  /** Queries that the value is a mean over, where it is one. */
  n?: number
}

export interface Curve {
  id: string
  label: string
  colorIndex: number
  /** Stretches of points; between two stretches the line is broken. */
  stretches: CurvePoint[][]
  /** The unsmoothed curve, drawn thin behind. */
  behind?: CurvePoint[]
  /** Only points, no line: a run without checkpoints, such as BM25. */
  isLevel?: boolean
}

export interface CurveChart {
  curves: Curve[]
  xLast: number
  yTicks: number[]
}

export interface CurveSource {
  id: string
  label: string
  colorIndex: number
  evaluations: EvaluationSummary[]
  /** Planned optimizer steps; null for BM25, whose single value is drawn as a level across the chart. */
  steps: number | null
}

/** One measure of each run by checkpoint. */
export function prepareMeasure(measure: MeasureName, sources: CurveSource[]): CurveChart {
  const xLast = Math.max(1, ...sources.map((source) => source.steps ?? 0), ...sources.flatMap((source) => source.evaluations.map((e) => e.checkpointStep)))
  const curves = sources.map(({ id, label, colorIndex, evaluations, steps }): Curve => {
    const stretches: CurvePoint[][] = [[]]
    for (const { checkpointStep, measures, n } of evaluations) {
      const y = measures[measure]
      if (y === undefined) stretches.push([])
      else stretches.at(-1)!.push({ x: checkpointStep, y, n })
    }
    const points = stretches.filter((stretch) => stretch.length > 0)
    if (steps === null && points.length > 0) {
      const level = points[0][0]
      return { id, label, colorIndex, stretches: [[{ ...level, x: 0 }, { ...level, x: xLast }]], isLevel: true }
    }
    return { id, label, colorIndex, stretches: points }
  })
  return { curves, xLast, yTicks: measureTicks(curves.flatMap((curve) => curve.stretches.flat().map((p) => p.y))) }
}

export interface MetricSource {
  id: string
  label: string
  colorIndex: number
  series: MetricSeries
  /** Ends of the training segments. */
  ends: number[]
}

const BUCKETS = 240
/** Half of the smoothing window, as a share of the points so far. */
const HALF_WINDOW = 0.02

/** One training metric of each run by optimizer step. */
export function prepareMetric(name: string, sources: MetricSource[], smooth: 'smooth' | 'raw'): CurveChart {
  const present = sources.filter((source) => (source.series[name]?.length ?? 0) > 0)
  // Up to the end of the segment that is trained now: the axis moves once a checkpoint, and a young curve is not a sliver at the left.
  const xLast = Math.max(1, ...present.map(({ series, ends }) => ends.find((end) => end >= series[name].at(-1)!.step) ?? series[name].at(-1)!.step))
  const curves = present.map(({ id, label, colorIndex, series }): Curve => {
    const points = series[name].map(({ step, value }) => ({ x: step, y: value }))
    const raw = thin(points, xLast, BUCKETS)
    if (smooth === 'raw' || points.length < 20) return { id, label, colorIndex, stretches: [raw] }
    return { id, label, colorIndex, stretches: [thin(runningMean(points), xLast, BUCKETS)], behind: raw }
  })
  const values = curves.flatMap((curve) => [...curve.stretches.flat(), ...(curve.behind ?? [])].map((p) => p.y)).filter(Number.isFinite)
  let low = values.length > 0 ? values[0] : 0
  let high = values.length > 0 ? values[0] : 1
  for (const value of values) {
    low = Math.min(low, value)
    high = Math.max(high, value)
  }
  return { curves, xLast, yTicks: niceTicks(low >= 0 && low < high * 0.5 ? 0 : low, high, 4) }
}

/** At most four points a bucket: first, lowest, highest and last, in order. The line through them covers what the full line covers. */
export function thin(points: CurvePoint[], xLast: number, buckets: number): CurvePoint[] {
  if (points.length <= buckets * 2) return points
  const kept: CurvePoint[] = []
  let from = 0
  while (from < points.length) {
    const bucket = Math.floor((points[from].x / xLast) * buckets)
    let to = from
    let lowest = from
    let highest = from
    while (to < points.length && Math.floor((points[to].x / xLast) * buckets) === bucket) {
      if (points[to].y < points[lowest].y) lowest = to
      if (points[to].y > points[highest].y) highest = to
      to += 1
    }
    for (const i of [...new Set([from, lowest, highest, to - 1])].sort((a, b) => a - b)) kept.push(points[i])
    from = to
  }
  return kept
}

/** Centred mean whose window shrinks towards both ends, so that the first and the last point stay where they are. */
export function runningMean(points: CurvePoint[]): CurvePoint[] {
  const half = Math.max(2, Math.round(points.length * HALF_WINDOW))
  const sums = new Float64Array(points.length + 1)
  for (const [i, { y }] of points.entries()) sums[i + 1] = sums[i] + y
  return points.map((point, i) => {
    const reach = Math.min(half, i, points.length - 1 - i)
    return { ...point, y: (sums[i + reach + 1] - sums[i - reach]) / (2 * reach + 1) }
  })
}

/** Recharts wants rows by x: one key per stretch of a line. */
export type CurveRow = { x: number } & Record<string, number>

export interface DrawnLine {
  key: string
  curve: Curve
  role: 'line' | 'behind'
  points: CurvePoint[]
}

export function prepareLines(curves: Curve[]): { lines: DrawnLine[]; rows: CurveRow[] } {
  const lines = curves.flatMap((curve): DrawnLine[] => [
    ...(curve.behind ? [{ key: `${curve.id}:behind`, curve, role: 'behind' as const, points: curve.behind }] : []),
    ...curve.stretches.map((points, i) => ({ key: `${curve.id}:${i}`, curve, role: 'line' as const, points })),
  ])
  const rows = new Map<number, CurveRow>()
  for (const { key, points } of lines) {
    for (const { x, y } of points) {
      const row = rows.get(x) ?? ({ x } as CurveRow)
      row[key] = y
      rows.set(x, row)
    }
  }
  return { lines, rows: [...rows.values()].sort((a, b) => a.x - b.x) }
}

/** The point of a curve nearest to x, if it lies within `reach`. */
export function nearestPoint(curve: Curve, x: number, reach: number): CurvePoint | null {
  if (curve.isLevel) return curve.stretches[0][0]
  let best: CurvePoint | null = null
  for (const point of curve.stretches.flat()) if (Math.abs(point.x - x) <= reach && (best === null || Math.abs(point.x - x) < Math.abs(best.x - x))) best = point
  return best
}

/** Rows of the table view of a chart: one per x, a cell per curve; a missing cell stays empty. */
export function prepareTable(curves: Curve[]): { x: number; cells: (CurvePoint | null)[] }[] {
  const xs = [...new Set(curves.filter((curve) => !curve.isLevel).flatMap((curve) => (curve.behind ?? curve.stretches.flat()).map((p) => p.x)))].sort((a, b) => a - b)
  const found = curves.map((curve) => new Map((curve.behind ?? curve.stretches.flat()).map((p) => [p.x, p])))
  return (xs.length > 0 ? xs : [0]).map((x) => ({ x, cells: curves.map((curve, i) => (curve.isLevel ? curve.stretches[0][0] : (found[i].get(x) ?? null))) }))
}
