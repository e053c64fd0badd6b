// The texts that readers compare: signs, roundings and edges.
import { describe, expect, it } from 'vitest'
import { formatAgo, formatBytes, formatDifference, formatDuration, formatNumber, formatP, formatTimeLeft } from './format'

describe('format', () => {
  it('writes differences with a sign and never −0.000', () => {
    expect([0.0124, -0.0124, 0.0004, -0.0004].map(formatDifference)).toEqual(['+0.012', '−0.012', '±0.000', '±0.000'])
  })
  it('never writes p = 0.000', () => {
    expect([0.0001, 0.0494, 1].map(formatP)).toEqual(['< 0.001', '0.049', '1.000'])
  })
  it('writes numbers of any size', () => {
    expect([0, 1e-4, 5e-6, 0.01, 0.1, 42, 8000, 117791, 1.23456].map(formatNumber)).toEqual(['0', '1e-4', '5e-6', '0.01', '0.1', '42', '8000', '117,791', '1.235'])
  })
  it('writes times', () => {
    expect([0.84, 42, 192, 3840, 90_000].map(formatDuration)).toEqual(['0.8 s', '42 s', '3 min 12 s', '1 h 04 min', '1 d 1 h'])
    expect([2, 43, 192, 1500].map(formatTimeLeft)).toEqual(['a few seconds', '45 s', '3 min 10 s', '25 min'])
    expect(formatAgo(new Date(0), new Date(125_000))).toBe('2 min ago')
  })
  it('writes sizes', () => {
    expect([12, 1536, 2_500_000, 123_456_789].map(formatBytes)).toEqual(['12 B', '1.5 kB', '2.5 MB', '123 MB'])
  })
})
