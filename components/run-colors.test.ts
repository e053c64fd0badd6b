// Pins what the palette promises: contrast on both surfaces and distance under colour blindness.
import { describe, expect, it } from 'vitest'
import { RUN_COLORS, runColor, runDash } from './run-colors'

type Rgb = [number, number, number]

const toLinear = (hex: string): Rgb =>
  [1, 3, 5].map((i) => {
    const c = parseInt(hex.slice(i, i + 2), 16) / 255
    return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4
  }) as Rgb

const luminance = ([r, g, b]: Rgb) => 0.2126 * r + 0.7152 * g + 0.0722 * b

function contrast(a: string, b: string): number {
  const [x, y] = [luminance(toLinear(a)), luminance(toLinear(b))]
  return (Math.max(x, y) + 0.05) / (Math.min(x, y) + 0.05)
}

// Machado, Oliveira, Fernandes 2009, severity 1, on linear RGB.
const VIEWS: { weight: number; matrix: number[][] }[] = [
  { weight: 0.8, matrix: [[1, 0, 0], [0, 1, 0], [0, 0, 1]] },
  { weight: 1, matrix: [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]] },
  { weight: 1, matrix: [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.01182, 0.04294, 0.968881]] },
  { weight: 1 / 0.7, matrix: [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.3039]] },
]

function toOklab([r, g, b]: Rgb): Rgb {
  const l = Math.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b)
  const m = Math.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b)
  const s = Math.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b)
  return [0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s, 1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s, 0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s]
}

function seen(hex: string, matrix: number[][]): Rgb {
  const rgb = toLinear(hex)
  return toOklab(matrix.map((row) => Math.min(1, Math.max(0, row[0] * rgb[0] + row[1] * rgb[1] + row[2] * rgb[2]))) as Rgb)
}

function distance(a: string, b: string): number {
  return Math.min(...VIEWS.map(({ weight, matrix }) => weight * Math.hypot(...seen(a, matrix).map((v, i) => v - seen(b, matrix)[i]))))
}

describe('run colours', () => {
  for (const [theme, surface] of [['light', '#ffffff'], ['dark', '#16191c']] as const) {
    it(`stand out from the ${theme} surface`, () => {
      for (const color of RUN_COLORS) expect(contrast(color[theme], surface)).toBeGreaterThanOrEqual(3)
    })
    it(`can be told apart by colour-blind readers (${theme})`, () => {
      for (const [i, a] of RUN_COLORS.entries()) for (const b of RUN_COLORS.slice(0, i)) expect(distance(a[theme], b[theme])).toBeGreaterThanOrEqual(0.09)
    })
  }

  it('repeat the hue with another dash', () => {
    expect(runColor(13)).toBe(runColor(3))
    expect(runDash(3)).toBeUndefined()
    expect(runDash(13)).not.toBe(runDash(3))
    expect(runDash(23)).not.toBe(runDash(13))
  })
})
