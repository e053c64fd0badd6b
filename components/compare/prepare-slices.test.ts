import { describe, expect, it } from 'vitest'
import { binDifferences, differencesOf, meanAt, slicesOf, typeOf } from './prepare-slices'

describe('slices', () => {
  const texts = ['what is a fox', 'fox', 'How do foxes sleep in the winter of the north?', 'does it rain', 'where can one see an owl']
  it('are by length, by first word and by what BM25 makes of a query; empty ones are left out', () => {
    const slices = slicesOf({ texts, bm25: { run: 'b', name: 'bm25', values: [1, 0.2, 0, null, 0] } })
    expect(slices.map(({ name, places }) => [name, places])).toEqual([
      ['1 to 3 words', [1, 3]],
      ['4 to 6 words', [0, 4]],
      ['7 to 9 words', []],
      ['10 words and more', [2]],
      ['what', [0]],
      ['how', [2]],
      ['where', [4]],
      ['yes or no', [3]],
      ['keywords', [1]],
      ['easy: BM25 finds it first', [0]],
      ['medium: among its first ten', [1]],
      ['hard: not among its first ten', [2, 4]],
    ].filter(([, places]) => places.length > 0))
    expect(slicesOf({ texts, bm25: null }).some(({ group }) => group === 'BM25')).toBe(false)
  })
  it('know no question in what only begins alike', () => expect([typeOf('whatever works'), typeOf('Whose fox'), typeOf('')]).toEqual(['keywords', 'who', 'keywords']))
  it('leave out queries that do not count', () => {
    expect(meanAt([1, null, 0], [0, 1, 2])).toEqual({ mean: 0.5, n: 2 })
    expect(meanAt([null], [0])).toBeNull()
  })
})

describe('differences', () => {
  it('are over the queries that both have', () => expect(differencesOf([0.5, null, 1, 0], [1, 1, null, 0]).map(({ place, difference }) => [place, difference])).toEqual([[0, 0.5], [3, 0]]))
  it('are counted once each, zero apart from the rest', () => {
    const values = [-1, -0.95, -0.1, -1e-9, 0, 0, 1e-9, 0.1, 0.1000001, 1]
    const { losses, ties, wins } = binDifferences(values)
    expect(ties).toBe(2)
    expect(losses.map((bin) => bin.count)).toEqual([2, 0, 0, 0, 0, 0, 0, 0, 0, 2])
    expect(wins.map((bin) => bin.count)).toEqual([2, 1, 0, 0, 0, 0, 0, 0, 0, 1])
    expect(losses[0].from).toBe(-1)
    expect(wins.at(-1)!.to).toBe(1)
  })
  it('of equal runs are all ties', () => expect(binDifferences([0, 0]).ties).toBe(2))
})
