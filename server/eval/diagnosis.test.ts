// Rank trajectories and likely false negatives by hand.
import { expect, it } from 'vitest'
import { buildQrels } from '@/server/dataset/qrels'
import type { TextFile } from '@/server/dataset/text-file'
import { RankingBuilder } from '@/server/ranking/ranking'
import { findSuspects, type MinedFrom } from './suspects'
import { firstRelevantRanks } from './trajectory'

const texts = ['red apple pie with cream', 'red apple pie with sugar', 'blue whale in the sea', 'the red apple pie, with cream!', 'green car']
const docs = { get: (row: number) => texts[row] } as TextFile
const qrels = buildQrels(3, { queryRows: [0, 1, 2], docRows: [0, 2, 4], grades: [1, 1, 1] })
const builder = new RankingBuilder()
builder.add(0, Int32Array.of(3, 0, 1, 2), Float32Array.of(9, 8, 7.7, 2))
builder.add(1, Int32Array.of(2, 4), Float32Array.of(5, 1))
builder.add(2, Int32Array.of(1), Float32Array.of(3))
const ranking = builder.build()
const mined: MinedFrom = {
  queryRows: ranking.queryRows,
  get: (row) => ({ docRows: ranking.docRows.subarray(ranking.offsets[row], ranking.offsets[row + 1]), scores: ranking.scores.subarray(ranking.offsets[row], ranking.offsets[row + 1]) }),
}

it('the rank of the first relevant document, 0 where there is none', () => {
  expect(firstRelevantRanks(ranking, qrels, Int32Array.of(0, 1, 2))).toEqual(Int32Array.of(2, 1, 0))
})

it('suspects: near-duplicates first, then what scores above or near the relevant document', () => {
  const { suspects, margins, ...counts } = findSuspects(mined, { docs, qrels }, { maxQueries: 10, keep: 10 })
  expect(counts).toEqual({ queries: 3, looked: 5, above: 2, near: 1, duplicates: 1 })
  // less than the best relevant document; the third query retrieved none
  expect(margins.map((margin) => Number(margin.toFixed(2)))).toEqual([1, -0.3, -6, -4])
  expect(suspects.map(({ queryRow, docRow, rank, positiveRow }) => [queryRow, docRow, rank, positiveRow])).toEqual([
    [0, 3, 1, 0], // the same words
    [0, 1, 3, 0], // 7.7 is within 5 % of 8
    [2, 1, 1, 4], // its relevant document was not retrieved: how far above is not known
  ])
  expect(suspects[0].overlap).toBe(1)
  expect(suspects[2].positiveScore).toBeNull()
  expect(findSuspects(mined, { docs, qrels }, { maxQueries: 1, keep: 1 }).suspects.length).toBe(1)
})

it('negatives without scores: only what repeats the words of a relevant document', () => {
  const taken: MinedFrom = { queryRows: Int32Array.of(0, 1, 2), get: (row) => ({ docRows: [Int32Array.of(1, 3), Int32Array.of(4), Int32Array.of()][row], scores: null }) }
  const { suspects, ...counts } = findSuspects(taken, { docs, qrels }, { maxQueries: 10, keep: 10 })
  expect(counts).toEqual({ queries: 3, looked: 3, above: 0, near: 0, duplicates: 1, margins: [] })
  expect(suspects).toEqual([{ queryRow: 0, docRow: 3, rank: 2, score: null, positiveRow: 0, positiveScore: null, overlap: 1 }])
})
