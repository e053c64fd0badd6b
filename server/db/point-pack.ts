// A stretch of a curve as bytes. Called by metric-chunks.ts.
//
// Layout, little-endian: kind (1 byte: 4 or 8 bytes a value), n, then for each point the distance to the step before, then for each the
// distance to the time before (milliseconds), both as varints with the sign in the lowest bit, then the values. Values are float32
// where that loses nothing, as for what a training step computed in float32.
import { AppError } from '@/contract/errors'

export interface Point {
  step: number
  value: number
  /** Milliseconds. */
  at: number
}

/** Points with ascending steps. */
export function packPoints(points: readonly Point[]): Uint8Array<ArrayBuffer> {
  const size = points.every(({ value }) => Math.fround(value) === value) ? 4 : 8
  const bytes = new Uint8Array(1 + MAX_VARINT * (1 + 2 * points.length) + size * points.length)
  bytes[0] = size
  let at = putVarint(bytes, 1, points.length)
  for (const column of ['step', 'at'] as const) {
    let before = 0
    for (const point of points) {
      at = putVarint(bytes, at, zigzag(point[column] - before))
      before = point[column]
    }
  }
  const view = new DataView(bytes.buffer)
  for (const { value } of points) {
    if (size === 4) view.setFloat32(at, value, true)
    else view.setFloat64(at, value, true)
    at += size
  }
  return bytes.slice(0, at)
}

/** Throws AppError broken for bytes that are no packed points. */
export function unpackBytes(bytes: Uint8Array): Point[] {
  const reader = { bytes, at: 1 }
  const size = bytes[0]
  const n = readVarint(reader)
  const columns = [0, 1].map(() => {
    let before = 0
    return Array.from({ length: n }, () => (before += unzigzag(readVarint(reader))))
  })
  if ((size !== 4 && size !== 8) || reader.at + n * size !== bytes.length) throw new AppError('broken', `A packed curve of ${bytes.length} bytes does not hold ${n} points of ${size} bytes; restore the database from a backup`)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  return Array.from({ length: n }, (_, i) => {
    const place = reader.at + i * size
    return { step: columns[0][i], at: columns[1][i], value: size === 4 ? view.getFloat32(place, true) : view.getFloat64(place, true) }
  })
}

/** Seven bits a byte: 53 bits take eight. */
const MAX_VARINT = 8

const zigzag = (value: number) => (value < 0 ? -2 * value - 1 : 2 * value)
const unzigzag = (value: number) => (value % 2 ? -(value + 1) / 2 : value / 2)

function putVarint(bytes: Uint8Array, at: number, value: number): number {
  let rest = value
  while (rest >= 128) {
    bytes[at++] = (rest % 128) | 128
    rest = Math.floor(rest / 128)
  }
  bytes[at++] = rest
  return at
}

function readVarint(reader: { bytes: Uint8Array; at: number }): number {
  let value = 0
  for (let scale = 1; reader.at < reader.bytes.length; scale *= 128) {
    const byte = reader.bytes[reader.at++]
    value += (byte & 127) * scale
    if (byte < 128) return value
  }
  throw new AppError('broken', 'A packed curve ends in the middle of a number; restore the database from a backup')
}
