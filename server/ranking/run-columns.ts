// Splits a line of a run file into columns, on bytes. Called by run-file.ts for every line: no strings are made.

const SPACE = 0x20
const TAB = 0x09
export const MAX_COLUMNS = 8

export interface Columns {
  count: number
  /** Column i is bytes [from[i], to[i]). Columns beyond MAX_COLUMNS are counted only. */
  from: Int32Array
  to: Int32Array
  /** What separates them, or what is wrong with that. */
  separator: 'none' | 'tab' | 'space' | 'mixed'
  /** Index of the first empty column between two tabs, or -1. */
  empty: number
}

export const newColumns = (): Columns => ({ count: 0, from: new Int32Array(MAX_COLUMNS), to: new Int32Array(MAX_COLUMNS), separator: 'none', empty: -1 })

/** Fills `columns` with those of the line [start, end), which has no line end. A run of blanks separates once, every tab separates. */
export function splitColumns(bytes: Uint8Array, start: number, end: number, columns: Columns): void {
  let count = 0
  let sawTab = false
  let sawSpace = false
  columns.empty = -1
  let at = start
  while (at < end) {
    const from = at
    for (let byte; at < end && ((byte = bytes[at]) > SPACE || (byte !== SPACE && byte !== TAB)); at++); // most bytes need one comparison
    if (at === from && bytes[at] === TAB && columns.empty < 0) columns.empty = count
    if (at > from || bytes[at] === TAB) {
      if (count < MAX_COLUMNS) {
        columns.from[count] = from
        columns.to[count] = at
      }
      count++
    }
    if (at === end) break
    if (bytes[at] === TAB) {
      sawTab = true
      at++
      if (at === end && columns.empty < 0) columns.empty = count
    } else {
      sawSpace = true
      while (at < end && bytes[at] === SPACE) at++
    }
  }
  columns.count = count
  columns.separator = sawTab ? (sawSpace ? 'mixed' : 'tab') : sawSpace ? 'space' : 'none'
}

/**
 * The float32 nearest to the number in bytes [from, to), as Math.fround(Number()) reads it; NaN for anything else. Plain decimals need no
 * string: up to 15 digits are exact; of up to 25, such as Python writes, each further one adds an error of 2^-53, and where
 * that leaves two float32 in question the slow way decides.
 */
export function parseFloat32(bytes: Uint8Array, from: number, to: number): number {
  let at = from
  const negative = bytes[at] === 0x2d
  if (negative) at++
  let mantissa = 0
  let digits = 0
  let decimals = -1
  for (; at < to; at++) {
    const byte = bytes[at]
    if (byte >= 0x30 && byte <= 0x39) {
      mantissa = mantissa * 10 + byte - 0x30
      digits++
      if (decimals >= 0) decimals++
    } else if (byte === 0x2e && decimals < 0) decimals = 0
    else break
  }
  if (at === to && digits > 0 && digits <= MAX_DIGITS && decimals < POWERS.length) {
    const value = decimals > 0 ? mantissa / POWERS[decimals] : mantissa
    const rounded = Math.fround(value)
    if (digits <= 15 || (rounded === Math.fround(value * (1 - DOUBT)) && rounded === Math.fround(value * (1 + DOUBT)))) return negative ? -rounded : rounded
  }
  const text = Buffer.from(bytes.buffer, bytes.byteOffset + from, to - from).toString('latin1')
  return /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/.test(text) ? Math.fround(Number(text)) : NaN
}

const MAX_DIGITS = 25
/** More than 25 - 15 roundings and that of the quotient can have added up to. */
const DOUBT = 2 ** -48
/** Powers of ten that a float64 holds exactly. */
const POWERS = Float64Array.from({ length: 23 }, (_, i) => 10 ** i)

/** The whole number in bytes [from, to) of up to nine digits; -1 for anything else. */
export function parseWhole(bytes: Uint8Array, from: number, to: number): number {
  if (to === from || to - from > 9) return -1
  let value = 0
  for (let i = from; i < to; i++) {
    if (bytes[i] < 0x30 || bytes[i] > 0x39) return -1
    value = value * 10 + bytes[i] - 0x30
  }
  return value
}
