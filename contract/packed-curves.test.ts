// Packed curves come back as they were, and what is damaged is refused.
import { expect, it } from 'vitest'
import { packCurves, unpackCurves } from './packed-curves'

const curves = new Map([
  ['a', [{ step: 1, value: 0.1, at: 1_790_000_000_123, of: { n: 256, mean: 1 / 3 } }, { step: 7, value: -2.5e-7, at: 1_790_000_000_456, of: { n: 0, mean: 0 } }, { step: 257, value: 3, at: 1_790_000_001_000, of: { n: 12, mean: 0.2 } }]],
  ['none', []],
  ['mü', [{ step: 0, value: 1e300, at: 0 }]],
])

it('gives back steps, values, times and what each point stands for, run by run', () => {
  expect(unpackCurves(packCurves(curves).buffer)).toEqual(curves)
  expect(unpackCurves(packCurves(new Map()).buffer)).toEqual(new Map())
})

it('refuses bytes that are cut off or too many', () => {
  const { buffer } = packCurves(curves)
  expect(() => unpackCurves(buffer.slice(0, -4))).toThrow('reload the page')
  expect(() => unpackCurves(buffer.slice(0, 8))).toThrow('reload the page')
})
