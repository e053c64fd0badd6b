// Turns points into SVG path data: one place for all lines and bands. Called by curve-chart.tsx.
import type { YScale } from './prepare-axis'
import type { CurvePoint } from './prepare-curves'

type Place = (value: number) => number

const round = (value: number) => Math.round(value * 10) / 10

/** A line through the points; a point that has no place (not finite, or not positive on a logarithmic axis) breaks it. */
export function linePath(points: CurvePoint[], x: Place, y: Place, scale: YScale): string {
  let path = ''
  let pen = 'M'
  for (const point of points) {
    if (!hasPlace(point.y, scale)) {
      pen = 'M'
      continue
    }
    path += `${pen}${round(x(point.x))} ${round(y(point.y))}`
    pen = 'L'
  }
  return path
}

/** The band between the ends of the points' intervals; empty where fewer than two have one. */
export function bandPath(points: CurvePoint[], x: Place, y: Place, scale: YScale): string {
  const known = points.flatMap((point) => (point.interval && hasPlace(point.interval[0], scale) ? [{ x: point.x, low: point.interval[0], high: point.interval[1] }] : []))
  if (known.length < 2) return ''
  const at = (px: number, py: number) => `${round(x(px))} ${round(y(py))}`
  return `M${known.map((p) => at(p.x, p.high)).join('L')}L${known.reverse().map((p) => at(p.x, p.low)).join('L')}Z`
}

export const hasPlace = (value: number, scale: YScale) => Number.isFinite(value) && (scale === 'linear' || value > 0)
