// Joins the training curves of runs that differ in their seed only: a curve of means with a band. Called by prepare-curves.ts.
import type { CurvePoint } from './prepare-curves'

/** What a curve was in the stretch that begins at x: a single point, or what the server has thinned to its extremes. */
interface Stretch {
  x: number
  mean: number
  low: number
  high: number
}

function stretchesOf(points: CurvePoint[]): Stretch[] {
  const stretches: Stretch[] = []
  for (const { x, y, of } of points) {
    const last = stretches.at(-1)
    if (of?.n === 0 && last) {
      last.low = Math.min(last.low, y)
      last.high = Math.max(last.high, y)
    } else stretches.push({ x, mean: of?.mean ?? y, low: y, high: y })
  }
  return stretches
}

/**
 * The mean over the curves wherever all of them have a point, and as its interval all between the lowest and the highest point of any: an
 * extreme is never left out. Null where they share fewer than two places.
 */
export function seedBand(curves: CurvePoint[][]): CurvePoint[] | null {
  const [first, ...others] = curves.map(stretchesOf)
  const byPlace = others.map((stretches) => new Map(stretches.map((stretch) => [stretch.x, stretch])))
  const band = first.flatMap((own): CurvePoint[] => {
    const all = [own, ...byPlace.flatMap((places) => places.get(own.x) ?? [])]
    if (all.length < curves.length) return []
    return [{ x: own.x, y: all.reduce((sum, { mean }) => sum + mean, 0) / all.length, interval: [Math.min(...all.map(({ low }) => low)), Math.max(...all.map(({ high }) => high))] }]
  })
  return band.length > 1 ? band : null
}
