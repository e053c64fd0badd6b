// Decides an axis: round ticks that cover the data, and how their labels read.

/** About `count` round ticks from at or below `low` to at or above `high`. */
export function niceTicks(low: number, high: number, count: number): number[] {
  if (!(high > low)) return niceTicks(low === 0 ? 0 : low - Math.abs(low) / 2, low === 0 ? 1 : low + Math.abs(low) / 2, count)
  const rough = (high - low) / count
  const power = 10 ** Math.floor(Math.log10(rough))
  const step = [1, 2, 2.5, 5, 10].map((m) => m * power).find((s) => s >= rough * 0.999)!
  const first = Math.floor(low / step + 1e-9)
  const last = Math.ceil(high / step - 1e-9)
  return Array.from({ length: last - first + 1 }, (_, i) => Number(((first + i) * step).toPrecision(12)))
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

/** Ticks of optimizer steps: whole numbers from 0 to the last planned step. */
export function stepTicks(last: number): number[] {
  const ticks = niceTicks(0, Math.max(1, last), 5).filter((tick) => Number.isInteger(tick) && tick <= last)
  return ticks.length > 1 ? ticks : [0, Math.max(1, last)]
}

/** "1,500" or "20k": short enough to stand side by side. */
export function stepLabel(step: number): string {
  if (step >= 1e6) return `${Number((step / 1e6).toPrecision(3))}M`
  if (step >= 10_000) return `${Number((step / 1000).toPrecision(3))}k`
  return String(step)
}
