// Decides what the charts draw: points of measures by checkpoint, thinned and smoothed training curves, inside the stretch of the x axis that is shown.
// A missing value is a gap, an extreme is never thinned away, and smoothing never moves the ends.
import type { EvaluationSummary, MetricSeries } from '@/contract/run'
import { seedBand } from './prepare-seed-band'
import { logTicks, measureTicks, niceTicks, type XKind, type YScale } from './prepare-axis'

export interface CurvePoint {
  x: number
  y: number
  /** Queries that the value is a mean over, where it is one. */
  n?: number
  /** 95 % interval, where it is known. */
  interval?: [number, number]
  /** Points that this one stands for after thinning, and their mean; 0 where a neighbour stands for them. */
  of?: { n: number; mean: number }
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
  x: { kind: XKind; from: number; to: number }
  yTicks: number[]
  yScale: YScale
}

/** How the reader looks at the charts of a view. */
export interface ChartLook {
  x: XKind
  /** The stretch of the x axis that is shown; null: all of it. */
  range: [number, number] | null
  scale: YScale
}

export const PLAIN_LOOK: ChartLook = { x: 'step', range: null, scale: 'linear' }

/** How optimizer steps of a run become epochs and seconds; null where that is not known. */
export interface StepClock {
  stepsPerEpoch: number | null
  /** Milliseconds since the epoch at which the run began. */
  startedAt: number | null
}

function xOf(kind: XKind, step: number, at: number | null, clock: StepClock | undefined): number | null {
  if (kind === 'step') return step
  if (kind === 'epoch') return clock?.stepsPerEpoch ? step / clock.stepsPerEpoch : null
  return at === null || !clock?.startedAt || at < clock.startedAt ? null : (at - clock.startedAt) / 1000
}

export interface CurveSource {
  id: string
  label: string
  colorIndex: number
  evaluations: EvaluationSummary[]
  /** Planned optimizer steps; null for BM25, whose single value is drawn as a level across the chart. */
  steps: number | null
  clock?: StepClock
  /** When a checkpoint was judged, in milliseconds; null where another run's judgement was taken over. */
  judgedAt?: (checkpointStep: number) => number | null
}

/** One measure of each run by checkpoint. */
export function prepareMeasure(measure: string, sources: CurveSource[], look: ChartLook = PLAIN_LOOK): CurveChart {
  const stretchesOf = ({ evaluations, clock, judgedAt }: CurveSource) => {
    const stretches: CurvePoint[][] = [[]]
    for (const { checkpointStep, measures, intervals, n } of evaluations) {
      const y = measures[measure]
      const x = xOf(look.x, checkpointStep, judgedAt?.(checkpointStep) ?? null, clock)
      if (y === undefined || x === null) stretches.push([])
      else stretches.at(-1)!.push({ x, y, n, ...(intervals?.[measure] && { interval: intervals[measure] }) })
    }
    return stretches.filter((stretch) => stretch.length > 0)
  }
  const found = sources.map((source) => (source.steps === null ? source.evaluations.filter(({ measures }) => measures[measure] !== undefined).slice(0, 1).map(({ measures, n }) => [{ x: 0, y: measures[measure], n }]) : stretchesOf(source)))
  const ends = sources.flatMap(({ steps, clock }) => (steps === null ? [] : [look.x === 'time' ? null : xOf(look.x, steps, null, clock)])).filter((x) => x !== null)
  const end = Math.max(...ends, ...found.flatMap((stretches) => stretches.flat().map((p) => p.x)), 0)
  const x = { kind: look.x, from: look.range?.[0] ?? 0, to: look.range?.[1] ?? (end || 1) }
  const curves = sources.map(({ id, label, colorIndex, steps }, i): Curve => {
    if (steps !== null || found[i].length === 0) return { id, label, colorIndex, stretches: found[i].map((points) => inside(points, x)).filter((points) => points.length > 0) }
    const level = found[i][0][0]
    return { id, label, colorIndex, stretches: [[{ ...level, x: x.from }, { ...level, x: x.to }]], isLevel: true }
  })
  const values = curves.flatMap((curve) => curve.stretches.flat().flatMap((p) => [p.y, ...(p.interval ?? [])]))
  return { curves, x, yTicks: look.scale === 'log' ? positiveTicks(values) : measureTicks(values), yScale: look.scale }
}

export interface MetricSource {
  id: string
  label: string
  colorIndex: number
  series: MetricSeries
  /** Ends of the training segments. */
  ends: number[]
  clock?: StepClock
  /** Runs that differ from this one in their seed only: together they are one curve of means with a band from the lowest to the highest. */
  seeds?: Pick<MetricSource, 'id' | 'label' | 'colorIndex' | 'series'>[]
}

const BUCKETS = 240
/** A shorter curve is drawn as it is. */
const LEAST_SMOOTHED = 20
/** Half of the smoothing window, as a share of the points so far. */
const HALF_WINDOW = 0.02

/** One training metric of each run. */
export function prepareMetric(name: string, sources: MetricSource[], smooth: 'smooth' | 'raw', look: ChartLook = PLAIN_LOOK): CurveChart {
  const present = sources
    .map((source) => ({ ...source, points: pointsOf(source, name, look.x) }))
    .filter(({ points }) => points.length > 0)
  // Up to the end of the segment that is trained now: the axis moves once a checkpoint, and a young curve is not a sliver at the left.
  const endOf = ({ series, ends, points, clock }: (typeof present)[number]) => {
    const last = series[name].at(-1)!.step
    return look.x === 'time' ? points.at(-1)!.x : xOf(look.x, ends.find((end) => end >= last) ?? last, null, clock)!
  }
  const x = { kind: look.x, from: look.range?.[0] ?? 0, to: look.range?.[1] ?? (Math.max(0, ...present.map(endOf)) || 1) }
  const single = ({ points, ...named }: Pick<Curve, 'id' | 'label' | 'colorIndex'> & { points: CurvePoint[] }): Curve => {
    const raw = thin(inside(points, x), x.to, BUCKETS, x.from)
    if (smooth === 'raw' || points.length < LEAST_SMOOTHED) return { ...named, stretches: [raw] }
    return { ...named, stretches: [thin(inside(runningMean(points), x), x.to, BUCKETS, x.from)], behind: raw }
  }
  const curves = present.flatMap(({ id, label, colorIndex, points, clock, seeds = [] }): Curve[] => {
    const others = seeds.map((seed) => ({ id: seed.id, label: seed.label, colorIndex: seed.colorIndex, points: pointsOf({ series: seed.series, clock }, name, look.x) }))
    const band = others.length > 0 ? seedBand([points, ...others.map((other) => other.points)].map((each) => (smooth === 'smooth' && each.length >= LEAST_SMOOTHED ? runningMean(each) : each))) : null
    // Seeds that share no steps are curves of their own.
    return band ? [{ id, label, colorIndex, stretches: [inside(band, x)] }] : [{ id, label, colorIndex, points }, ...others].map(single)
  })
  const values = finiteValues(curves)
  return { curves, x, yTicks: look.scale === 'log' ? positiveTicks(values) : valueTicks(values), yScale: look.scale }
}

/** Of all points and intervals. Loops, because twenty curves have tens of thousands. */
function finiteValues(curves: Curve[]): number[] {
  const values: number[] = []
  const add = (value: number) => Number.isFinite(value) && values.push(value)
  for (const { stretches, behind = [] } of curves) {
    for (const points of [...stretches, behind]) {
      for (const { y, interval } of points) {
        add(y)
        interval?.forEach(add)
      }
    }
  }
  return values
}

function pointsOf({ series, clock }: Pick<MetricSource, 'series' | 'clock'>, name: string, kind: XKind): CurvePoint[] {
  const points: CurvePoint[] = []
  for (const { step, value, at, of } of series[name] ?? []) {
    const x = xOf(kind, step, at, clock)
    if (x !== null && (points.length === 0 || x >= points[points.length - 1].x)) points.push(of ? { x, y: value, of } : { x, y: value })
  }
  return points
}

/** Points inside a stretch of the axis, with one neighbour at each side so that the line goes on to the edge. */
function inside(points: CurvePoint[], { from, to }: { from: number; to: number }): CurvePoint[] {
  let first = points.findIndex((p) => p.x >= from)
  if (first < 0) return []
  let end = points.findIndex((p) => p.x > to)
  if (end === 0) return []
  first = Math.max(0, first - 1)
  end = end < 0 ? points.length : end + 1
  return first === 0 && end === points.length ? points : points.slice(first, end)
}

function valueTicks(values: number[]): number[] {
  let [low, high] = values.length > 0 ? [values[0], values[0]] : [0, 1]
  for (const value of values) {
    low = Math.min(low, value)
    high = Math.max(high, value)
  }
  return niceTicks(low >= 0 && low < high * 0.5 ? 0 : low, high, 4)
}

/** A logarithmic axis has no place for zero and below: such points are gaps. */
function positiveTicks(values: number[]): number[] {
  let [low, high] = [Infinity, 0]
  for (const value of values) {
    if (!(value > 0)) continue
    low = Math.min(low, value)
    high = Math.max(high, value)
  }
  return high === 0 ? [0.1, 1] : logTicks(low, high)
}

/** At most four points a bucket: first, lowest, highest and last, in order. The line through them covers what the full line covers. */
export function thin(points: CurvePoint[], xLast: number, buckets: number, xFirst = 0): CurvePoint[] {
  if (points.length <= buckets * 2) return points
  const width = (xLast - xFirst) / buckets
  const kept: CurvePoint[] = []
  let from = 0
  while (from < points.length) {
    const bucket = Math.floor((points[from].x - xFirst) / width)
    let to = from
    let lowest = from
    let highest = from
    while (to < points.length && Math.floor((points[to].x - xFirst) / width) === bucket) {
      if (points[to].y < points[lowest].y) lowest = to
      if (points[to].y > points[highest].y) highest = to
      to += 1
    }
    for (const i of [...new Set([from, lowest, highest, to - 1])].sort((a, b) => a - b)) kept.push(points[i])
    from = to
  }
  return kept
}

/**
 * Centred mean whose window shrinks towards both ends, so that the first and the last point stay where they are. Of points that the
 * server has thinned, each bucket counts with all its points, not with its extremes.
 */
export function runningMean(points: CurvePoint[]): CurvePoint[] {
  const ends = [points[0], points[points.length - 1]]
  const places = points.filter(({ of }, i) => of === undefined || of.n > 0 || i === 0 || i === points.length - 1)
  const half = Math.max(2, Math.round(places.length * HALF_WINDOW))
  const sums = new Float64Array(places.length + 1)
  const weights = new Float64Array(places.length + 1)
  for (const [i, point] of places.entries()) {
    const isEnd = ends.includes(point)
    const weight = isEnd ? 1 : (point.of?.n ?? 1)
    sums[i + 1] = sums[i] + weight * (isEnd ? point.y : (point.of?.mean ?? point.y))
    weights[i + 1] = weights[i] + weight
  }
  return places.map((point, i) => {
    const reach = Math.min(half, i, places.length - 1 - i)
    return { x: point.x, y: (sums[i + reach + 1] - sums[i - reach]) / (weights[i + reach + 1] - weights[i - reach]) }
  })
}

/** The point of a curve nearest to x, if it lies within `reach`. */
export function nearestPoint(curve: Curve, x: number, reach: number): CurvePoint | null {
  if (curve.isLevel) return curve.stretches[0][0]
  let best: CurvePoint | null = null
  for (const point of curve.stretches.flat()) if (Math.abs(point.x - x) <= reach && (best === null || Math.abs(point.x - x) < Math.abs(best.x - x))) best = point
  return best
}

/** Every x that a curve has a point at, ascending: what the cursor stops at. */
export function xStops(curves: Curve[], { from, to }: { from: number; to: number }): number[] {
  const xs = new Set(curves.flatMap((curve) => (curve.isLevel ? [] : curve.stretches.flat().map((p) => p.x))))
  return [...xs].filter((x) => x >= from && x <= to).sort((a, b) => a - b)
}

/** The stretch after zooming in (2) or out (0.5) around a place; null where that is all there is. Never narrower than a thousandth. */
export function zoomRange({ from, to }: { from: number; to: number }, full: [number, number], around: number, factor: number): [number, number] | null {
  const span = Math.min(full[1] - full[0], Math.max((full[1] - full[0]) / 1000, (to - from) / factor))
  if (span >= full[1] - full[0]) return null
  const start = Math.min(Math.max(full[0], around - ((around - from) / (to - from)) * span), full[1] - span)
  return [start, start + span]
}

/** Rows of the table view of a chart: one per x, a cell per curve; a missing cell stays empty. */
export function prepareTable(curves: Curve[]): { x: number; cells: (CurvePoint | null)[] }[] {
  const xs = [...new Set(curves.filter((curve) => !curve.isLevel).flatMap((curve) => (curve.behind ?? curve.stretches.flat()).map((p) => p.x)))].sort((a, b) => a - b)
  const found = curves.map((curve) => new Map((curve.behind ?? curve.stretches.flat()).map((p) => [p.x, p])))
  return (xs.length > 0 ? xs : [0]).map((x) => ({ x, cells: curves.map((curve, i) => (curve.isLevel ? curve.stretches[0][0] : (found[i].get(x) ?? null))) }))
}

/** Where an optimizer step of a run lies on the x axis; by time, where its first point from that step on lies. Null where that is not known. */
export function placeOfStep(step: number, kind: XKind, { series, clock }: Pick<MetricSource, 'series' | 'clock'>): number | null {
  if (kind !== 'time') return xOf(kind, step, null, clock)
  const point = Object.values(series)[0]?.find((each) => each.step >= step)
  return point ? xOf('time', step, point.at, clock) : null
}

/** The optimizer steps that lie in a stretch of the x axis, for reading just those; null where every point is held already. */
export function stepsInside([from, to]: [number, number], kind: XKind, { series, clock }: Pick<MetricSource, 'series' | 'clock'>): { from: number; to: number } | null {
  const thinned = Object.values(series).find((points) => points.some((point) => point.of))
  if (!thinned) return null
  const places = thinned.map(({ step, at }) => ({ step, x: xOf(kind, step, at, clock) ?? -1 }))
  const first = places.findLast(({ x }) => x <= from) ?? places[0]
  const last = places.find(({ x }) => x >= to) ?? places[places.length - 1]
  return { from: first.step, to: last.step }
}
