// Decides an axis: round ticks that cover the data, where a value lies, and how labels read.
import { formatDuration } from '@/components/format'

/** What a curve is drawn over. */
export type XKind = 'step' | 'epoch' | 'time'
export type YScale = 'linear' | 'log'

/** About `count` round ticks from at or below `low` to at or above `high`. */
export function niceTicks(low: number, high: number, count: number): number[] {
  // Of a single value nothing tells the span; 0 and 1 are nearly always the ends of a share.
  if (!(high > low)) return low === 0 || low === 1 ? niceTicks(0, 1, count) : niceTicks(low - Math.abs(low) / 2, low + Math.abs(low) / 2, count)
  const rough = (high - low) / count
  const power = 10 ** Math.floor(Math.log10(rough))
  const step = [1, 2, 2.5, 5, 10].map((m) => m * power).find((s) => s >= rough * 0.999)!
  const first = Math.floor(low / step + 1e-9)
  const last = Math.ceil(high / step - 1e-9)
  return Array.from({ length: last - first + 1 }, (_, i) => Number(((first + i) * step).toPrecision(12)))
}

/** Ticks of a logarithmic axis that cover positive values: powers of ten, with 2 and 5 between where there are few; the data decide the ends. */
export function logTicks(low: number, high: number): number[] {
  const [first, last] = [Math.floor(Math.log10(low)), Math.ceil(Math.log10(high))]
  const heads = last - first <= 2 ? [1, 2, 5] : [1]
  const all = Array.from({ length: last - first + 1 }, (_, i) => first + i).flatMap((power) => heads.map((head) => Number((head * 10 ** power).toPrecision(12))))
  const from = all.findLastIndex((tick) => tick <= low)
  const to = all.findIndex((tick) => tick >= high)
  const ticks = all.slice(Math.max(0, from), to < 0 ? undefined : to + 1)
  return ticks.length > 1 ? ticks : [ticks[0] / 2, ticks[0] * 2]
}

const LEAST_SPAN = 0.1

/** Ticks of a measure: from zero unless the values lie close together far from it; at most 1. */
export function measureTicks(values: number[]): number[] {
  if (values.length === 0) return [0, 0.25, 0.5, 0.75, 1]
  const high = Math.max(...values)
  const low = Math.min(...values)
  if (high === 0) return [0, 0.25, 0.5, 0.75, 1]
  // Never less than a tenth of the value from bottom to top: a nearly constant measure must look nearly constant.
  const room = Math.max((high - low) * 0.1, (high * LEAST_SPAN - (high - low)) / 2, 0)
  const top = Math.min(1, high + room)
  const bottom = Math.min(low - room, top - high * LEAST_SPAN)
  return niceTicks(bottom < high * 0.5 ? 0 : bottom, top, 4).filter((tick) => tick >= 0 && tick <= 1)
}

/** Round ticks inside a stretch of the x axis; optimizer steps have whole ones. */
export function xTicks(kind: XKind, from: number, to: number, count = 5): number[] {
  if (kind === 'time') return timeTicks(from, to, count)
  const ticks = niceTicks(from, to, count).filter((tick) => tick >= from && tick <= to && (kind !== 'step' || Number.isInteger(tick)))
  return ticks.length > 1 ? ticks : [from, to]
}

const TIME_STEPS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200, 86_400]

function timeTicks(from: number, to: number, count: number): number[] {
  const step = TIME_STEPS.find((each) => (to - from) / each <= count) ?? 86_400 * Math.ceil((to - from) / count / 86_400)
  const first = Math.ceil(from / step)
  const ticks = Array.from({ length: Math.max(0, Math.floor(to / step) - first + 1) }, (_, i) => (first + i) * step)
  return ticks.length > 1 ? ticks : [from, to]
}

/** "1,500" or "20k": short enough to stand side by side. */
export function stepLabel(step: number): string {
  if (step >= 1e6) return `${Number((step / 1e6).toPrecision(3))}M`
  if (step >= 10_000) return `${Number((step / 1000).toPrecision(3))}k`
  return String(step)
}

export const X_TITLES: Record<XKind, string> = { step: 'optimizer step', epoch: 'epoch', time: 'time since the start' }

/** The label of an x tick. */
export function xLabel(kind: XKind, x: number): string {
  if (kind === 'step') return stepLabel(Math.round(x))
  if (kind === 'epoch') return String(Number(x.toPrecision(3)))
  if (x < 60) return `${Number(x.toPrecision(3))} s`
  if (x < 3600) return `${Number((x / 60).toPrecision(3))} min`
  return x < 172_800 ? `${Number((x / 3600).toPrecision(3))} h` : `${Number((x / 86_400).toPrecision(3))} d`
}

/** An x value in words, exact: for tooltips and tables. */
export function xText(kind: XKind, x: number): string {
  if (kind === 'step') return `Step ${Math.round(x).toLocaleString('en-US')}`
  if (kind === 'epoch') return `Epoch ${x.toFixed(2)}`
  return `After ${formatDuration(x)}`
}

/** Labels of y ticks: as many places as tell neighbouring ticks apart. */
export function tickLabels(ticks: number[], scale: YScale): string[] {
  if (scale === 'log') return ticks.map((tick) => (tick >= 10_000 ? stepLabel(tick) : tick < 0.001 ? tick.toExponential(0) : String(tick)))
  const step = Number((ticks.length > 1 ? ticks[1] - ticks[0] : 1).toPrecision(6))
  if (step < 1e-5) return ticks.map((tick) => (tick === 0 ? '0' : tick.toExponential(1)))
  const places = String(step).split('.')[1]?.length ?? 0
  return ticks.map((tick) => (Math.abs(tick) >= 10_000 ? stepLabel(tick) : tick.toFixed(places)))
}

/** Maps a value to a coordinate, linearly or by its logarithm. */
export function scaleTo([from, to]: [number, number], [start, end]: [number, number], scale: YScale = 'linear'): (value: number) => number {
  const f = scale === 'log' ? Math.log : (value: number) => value
  const [a, b] = [f(from), f(to)]
  const factor = b === a ? 0 : (end - start) / (b - a)
  return (value) => start + (f(value) - a) * factor
}
