// Fusion by hand: every method and normalisation, and what a missing ranking does.
import { describe, expect, it } from 'vitest'
import { fuse, normalise, type FusionOptions } from './fusion'
import { RankingBuilder, type Ranking } from './ranking'

function rank(queries: Record<number, [docRow: number, score: number][]>): Ranking {
  const builder = new RankingBuilder()
  for (const [row, docs] of Object.entries(queries)) builder.add(Number(row), Int32Array.from(docs, (d) => d[0]), Float32Array.from(docs, (d) => d[1]))
  return builder.build()
}

const a = rank({ 0: [[1, 8], [2, 6], [3, 4]], 1: [[1, 1]] })
const b = rank({ 0: [[2, 0.5], [4, 0.25]], 2: [[7, 3]] })
const options: FusionOptions = { method: 'rrf', normalisation: 'min-max', k: 60, depth: 10 }

const fused = (changes: Partial<FusionOptions>, query = 0) => {
  const { queryRows, offsets, docRows, scores } = fuse([a, b], { ...options, ...changes })
  const place = queryRows.indexOf(query)
  return Array.from(docRows.subarray(offsets[place], offsets[place + 1]), (row, i) => [row, scores[offsets[place] + i]])
}
const close = (pairs: [number, number][]) => pairs.map(([row, score]) => [row, expect.closeTo(score, 6)])

describe('fusion', () => {
  it('rrf adds reciprocal ranks', () => {
    expect(fused({})).toEqual(close([[2, 1 / 62 + 1 / 61], [1, 1 / 61], [4, 1 / 62], [3, 1 / 63]]))
  })
  it('combsum adds normalised scores, combmnz rewards documents of several rankings', () => {
    expect(fused({ method: 'combsum' })).toEqual(close([[2, 0.5 + 1], [1, 1], [3, 0], [4, 0]]))
    expect(fused({ method: 'combmnz' })).toEqual(close([[2, 3], [1, 1], [3, 0], [4, 0]]))
    expect(fused({ method: 'combsum', normalisation: 'none' })).toEqual(close([[1, 8], [2, 6.5], [3, 4], [4, 0.25]]))
  })
  it('keeps queries that only one ranking has, and the depth', () => {
    expect(fused({}, 1)).toEqual(close([[1, 1 / 61]]))
    expect(fused({}, 2)).toEqual(close([[7, 1 / 61]]))
    expect(fused({ depth: 1 }).length).toBe(1)
  })
})

it.each([
  ['min-max', [8, 6, 4], [1, 0.5, 0]],
  ['min-max', [3, 3], [1, 1]],
  ['max', [8, 6, 4], [1, 0.75, 0.5]],
  ['sum', [8, 6, 4], [4 / 6, 2 / 6, 0]],
  ['z-score', [8, 6, 4], [Math.sqrt(1.5), 0, -Math.sqrt(1.5)]],
  ['z-score', [3, 3], [0, 0]],
  ['none', [8, -6], [8, -6]],
] as const)('%s of %j', (normalisation, scores, expected) => {
  const values = normalise(Float32Array.from(scores), normalisation)
  expected.forEach((x, i) => expect(values[i]).toBeCloseTo(x, 12))
})
