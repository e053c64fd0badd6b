// rank.tsv of the original: offsets become rows, and what does not fit is refused by line.
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { readOffsetRanking } from './offset-ranking'

const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'offset-ranking-'))
afterAll(() => fs.rmSync(dir, { recursive: true }))
const read = (text: string, depth = 10) => {
  const file = path.join(dir, 'dev.rank.tsv')
  fs.writeFileSync(file, text)
  return readOffsetRanking(file, { queryRows: Int32Array.of(7, 3), docs: 5, depth })
}

describe('a ranking by offset', () => {
  it('is one by row, with ranks for scores, cut at the depth', async () => {
    expect(await read('0\t4\t1\n1\t2\t1\n0\t0\t2\n0\t1\t3\n', 2)).toEqual({ queryRows: Int32Array.of(3, 7), offsets: Uint32Array.of(0, 1, 3), docRows: Int32Array.of(2, 4, 0), scores: Float32Array.of(-1, -1, -2) })
  })

  it.each([
    ['2\t0\t1\n', /dev\.rank\.tsv line 1: there is no query at this offset; the data set has 0 to 1/],
    ['0\t0\t1\n0\t5\t2\n', /line 2: there is no document at this offset; the data set has 0 to 4/],
    ['D1\t0\t1\n', /line 1: there is no query at this offset.*not official ids/],
    ['0\t0\t1\n0\t1\t3\n', /line 2: rank 3 follows rank 1 of its query/],
    ['0\t0\t1\n0\t0\t2\n', /a document is ranked twice for the query of row 7/],
    ['0\t0\n', /expected 3 tab-separated fields \(query offset, document offset, rank\), found 2/],
  ])('refuses %j', async (text, message) => expect(read(text)).rejects.toThrow(message))
})
