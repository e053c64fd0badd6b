// BM25 gives what its formula gives, also where it stops looking early.
import { describe, expect, it } from 'vitest'
import { analyse } from '@/server/text/analyse'
import { Bm25Index } from './bm25'

/** The formula, document by document. */
function scoreByDefinition(texts: string[], query: string, { k1, b }: { k1: number; b: number }): number[] {
  const docs = texts.map(analyse)
  const mean = docs.reduce((sum, doc) => sum + doc.length, 0) / docs.length
  const idf = new Map(Array.from(new Set(analyse(query)), (term) => {
    const df = docs.filter((doc) => doc.includes(term)).length
    return [term, Math.log(1 + (docs.length - df + 0.5) / (df + 0.5))]
  }))
  return docs.map((doc) => analyse(query).reduce((sum, term) => {
    const tf = doc.filter((each) => each === term).length
    return sum + (idf.get(term)! * tf) / (tf + k1 * (1 - b + (b * doc.length) / mean))
  }, 0))
}

describe('by hand', () => {
  const index = new Bm25Index(['red apple', 'green apple pie', 'Blue sky', '', 'red apple'], { k1: 1, b: 0.5 })
  it('scores, breaks ties by row, leaves out documents without a common term', () => {
    const { docRows, scores } = index.search('RED apple?', 10)
    expect([...docRows]).toEqual([0, 4, 1])
    const expected = scoreByDefinition(['red apple', 'green apple pie', 'Blue sky', '', 'red apple'], 'red apple', { k1: 1, b: 0.5 })
    scores.forEach((score, i) => expect(score).toBeCloseTo(expected[docRows[i]], 6))
    expect([...index.search('apple', 1).docRows]).toEqual([0])
  })
  it('finds nothing for nothing', () => {
    expect(index.search('', 10).docRows.length).toBe(0)
    expect(index.search('zebra ...', 10).docRows.length).toBe(0)
  })
})

describe('4,000 documents with words from everywhere to rare', () => {
  let state = 7
  const random = () => (state = (state * 48271) % 2147483647) / 2147483647
  const word = () => `w${Math.floor(400 ** random())}`
  const texts = Array.from({ length: 4000 }, () => Array.from({ length: 3 + Math.floor(random() * 12) }, word).join(' '))
  const queries = ['w1 w2 w390', 'w1 w1 w3 w250 w77', 'w1', 'w399 w398 w397 w1 w2 w3 w4', ...Array.from({ length: 16 }, () => Array.from({ length: 6 }, word).join(' '))]
  const options = { k1: 0.9, b: 0.4 }
  const index = new Bm25Index(texts, options)

  it.each([1, 10, 100])('the best %i are the best by the formula', (k) => {
    for (const query of queries) {
      const expected = scoreByDefinition(texts, query, options)
      const kthBest = Float64Array.from(expected).sort().at(-k)!
      const { docRows, scores } = index.search(query, k)
      expect(docRows.length).toBe(Math.min(k, expected.filter((score) => score > 0).length))
      docRows.forEach((docRow, i) => {
        expect(scores[i]).toBeCloseTo(expected[docRow], 5)
        expect(expected[docRow]).toBeGreaterThan(kthBest - 1e-5)
        if (i > 0) expect(scores[i - 1] > scores[i] || (scores[i - 1] === scores[i] && docRows[i - 1] < docRow)).toBe(true)
      })
      expect(new Set(docRows).size).toBe(docRows.length)
    }
  })

  it('a search leaves nothing behind for the next', () => {
    const first = index.search(queries[1], 50)
    index.search(queries[3], 50)
    expect(index.search(queries[1], 50)).toEqual(first)
  })

  it.each([1, 3])('%i threads find for many queries what each search finds', async (threads) => {
    const many = Array.from({ length: 1300 }, (_, i) => (i % 50 === 7 ? '' : queries[i % queries.length]))
    let i = 0
    for await (const found of index.searchAll(many, 20, { threads })) expect(found).toEqual(index.search(many[i++], 20))
    expect(i).toBe(many.length)
  })

  it('stops when cancelled', async () => {
    await expect(index.searchAll(queries, 5, { threads: 1, signal: AbortSignal.abort() }).next()).rejects.toMatchObject({ code: 'cancelled' })
    const many = Array.from({ length: 10_000 }, () => 'x')
    expect(() => new Bm25Index(many, { ...options, signal: AbortSignal.abort() })).toThrow(expect.objectContaining({ code: 'cancelled' }))
  })
})
