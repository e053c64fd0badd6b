// One metric's curves of several runs as bytes: twenty curves of two thousand points are 0.9 MB and need no parsing, where their JSON has
// 2.6 MB. Written by app/api/runs/curves, read by the browser.
//
// Layout, little-endian: head bytes (uint32), points P (uint32), buckets B (uint32); the head, JSON of [run id, points] in order, padded with
// spaces so that what follows begins at a multiple of 8; then the columns of all curves, one after another: value (P float64), at (P float64,
// milliseconds), mean (B float64), step (P int32), n (P int32). A point's n is -1 where it stands for itself alone, 0 where a neighbour
// stands for it; every other begins a bucket and takes the next mean.
import { z } from 'zod'
import { AppError } from './errors'
import type { MetricSeries } from './run'

type Points = MetricSeries[string]

const Head = z.array(z.tuple([z.string(), z.int().min(0)]))
const PREFIX = 12
const ALONE = -1
/** What a point that another stands for has: one object for all, they are tens of thousands. */
const NEIGHBOUR = { n: 0, mean: 0 }

/** Curves by run id. */
export function packCurves(curves: ReadonlyMap<string, Points>): Uint8Array<ArrayBuffer> {
  const points = [...curves.values()].flat()
  const means = points.flatMap(({ of }) => (of && of.n > 0 ? [of.mean] : []))
  const text = JSON.stringify([...curves].map(([id, each]) => [id, each.length]))
  const encoded = new TextEncoder().encode(text)
  const headBytes = Math.ceil((PREFIX + encoded.length) / 8) * 8 - PREFIX
  const bytes = new Uint8Array(PREFIX + headBytes + bodyBytes(points.length, means.length))
  bytes.fill(0x20, PREFIX, PREFIX + headBytes)
  bytes.set(encoded, PREFIX)
  const view = new DataView(bytes.buffer)
  for (const [i, value] of [headBytes, points.length, means.length].entries()) view.setUint32(4 * i, value, true)
  const columns = columnsOf(bytes.buffer, PREFIX + headBytes, points.length, means.length)
  columns.mean.set(means)
  for (const [i, { step, value, at, of }] of points.entries()) {
    columns.value[i] = value
    columns.at[i] = at
    columns.step[i] = step
    columns.n[i] = of ? of.n : ALONE
  }
  return bytes
}

/** Throws AppError broken for bytes that are no packed curves. */
export function unpackCurves(buffer: ArrayBuffer): Map<string, Points> {
  const broken = (why: string) => new AppError('broken', `The curves came in a shape this page does not know (${why}); reload the page`)
  if (buffer.byteLength < PREFIX) throw broken(`${buffer.byteLength} bytes`)
  const view = new DataView(buffer)
  const [headBytes, points, buckets] = [0, 4, 8].map((at) => view.getUint32(at, true))
  const from = PREFIX + headBytes
  if (from % 8 !== 0 || buffer.byteLength !== from + bodyBytes(points, buckets)) throw broken(`${buffer.byteLength} bytes for ${points} points`)
  const head = Head.parse(JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, PREFIX, headBytes))))
  if (head.reduce((sum, [, n]) => sum + n, 0) !== points) throw broken('other points than its head tells')
  const { value, at, mean, step, n } = columnsOf(buffer, from, points, buckets)
  let i = 0
  let bucket = 0
  return new Map(
    head.map(([id, count]) => [
      id,
      Array.from({ length: count }, () => {
        const place = i++
        const point: Points[number] = { step: step[place], value: value[place], at: at[place] }
        if (n[place] !== ALONE) point.of = n[place] > 0 ? { n: n[place], mean: mean[bucket++] } : NEIGHBOUR
        return point
      }),
    ]),
  )
}

const bodyBytes = (points: number, buckets: number) => points * (8 + 8 + 4 + 4) + buckets * 8

/** Typed arrays are little-endian on every machine that a browser or Node.js runs on. */
function columnsOf(buffer: ArrayBuffer, from: number, points: number, buckets: number) {
  const at = from + 8 * points
  const mean = at + 8 * points
  const step = mean + 8 * buckets
  return { value: new Float64Array(buffer, from, points), at: new Float64Array(buffer, at, points), mean: new Float64Array(buffer, mean, buckets), step: new Int32Array(buffer, step, points), n: new Int32Array(buffer, step + 4 * points, points) }
}
