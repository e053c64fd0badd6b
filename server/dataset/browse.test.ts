// Statistics and the search of texts on a data set of five documents.
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type Dataset, DatasetWriter, openDataset, splitBit } from './dataset'
import { findTexts } from './find-texts'
import { buildQrels } from './qrels'
import { datasetStatistics } from './statistics'

const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'drhard-browse-'))
let dataset: Dataset
beforeAll(() => {
  const writer = new DatasetWriter(dir)
  for (const [id, text] of [['d1', 'The red fox'], ['d2', ''], ['fox', 'a den'], ['d4', 'Fox and RED hen run'], ['d5', 'x']]) writer.docs.add(id, text)
  for (const [id, text] of [['q1', 'red fox'], ['q2', 'hen']]) writer.queries.add(id, text)
  writer.finish(Uint8Array.of(splitBit('train'), splitBit('dev')), buildQrels(2, { queryRows: [0, 0, 1], docRows: [0, 3, 3], grades: [1, 2, 0] }))
  dataset = openDataset(dir)
})
afterAll(() => {
  dataset.close()
  fs.rmSync(dir, { recursive: true })
})

it('counts words, judgements and grades', () => {
  const { docs, queries, relevantPerQuery, grades, relevantDocs } = datasetStatistics(dataset)
  expect(docs).toMatchObject({ rows: 5, sampled: 5, empty: 1, mean: 2.2, median: 2, longest: 5 })
  expect(docs.bins.counts.reduce((sum, count) => sum + count, 0)).toBe(5)
  expect(queries.map(({ split, rows }) => [split, rows])).toEqual([['train', 1], ['dev', 1]])
  expect(relevantPerQuery.slice(0, 3)).toEqual([1, 0, 1])
  expect(grades).toEqual([{ grade: 0, count: 1 }, { grade: 1, count: 1 }, { grade: 2, count: 1 }])
  expect(relevantDocs).toBe(2)
})

it('finds every word without case, the id first, and goes on where it stopped', async () => {
  const find = (q: string, from = 0, limit = 10, clock = () => 0) => findTexts(dataset.docs, dataset.docIds, { q, from, limit, clock })
  expect((await find('red FOX')).results.map(({ id }) => id)).toEqual(['d1', 'd4'])
  expect((await find('fox')).results.map(({ id }) => id)).toEqual(['fox', 'd1', 'd4'])
  const first = await find('', 0, 2)
  expect([first.results.map(({ id }) => id), first.next]).toEqual([['d1', 'd2'], 2])
  expect((await find('', 2)).results.map(({ id }) => id)).toEqual(['fox', 'd4', 'd5'])
  let now = 0
  expect(await find('red', 0, 10, () => (now += 2000))).toMatchObject({ looked: 0, next: 0, results: [] })
})
