// Order, search and pairs of the query table; how long sorting takes is measured by `./drhard bench ui`.
import { expect, it } from 'vitest'
import type { QueryTable } from '@/contract/query'
import { countWins, orderQueries } from './prepare-query-table'

const table: QueryTable = {
  checkpointStep: 10,
  split: 'dev',
  rows: [4, 5, 6, 7],
  ids: ['q4', 'q5', 'q6', 'q7'],
  texts: ['red fox', 'fox den', 'Blue Fox', 'owl'],
  values: { 'MRR@10': [0.5, null, 1, 0.5] },
  against: { runId: 'b', runName: 'b', colorIndex: 1, checkpointStep: 0, values: { 'MRR@10': [1, 1, 0.5, 0.5] } },
}
const order = (change: object) => [...orderQueries(table, { q: '', sort: 'row', order: 'asc', measure: 'MRR@10', ...change })]

it('sorts by measure or difference; what has no value comes last in both directions', () => {
  expect(order({ sort: 'MRR@10' })).toEqual([0, 3, 2, 1])
  expect(order({ sort: 'MRR@10', order: 'desc' })).toEqual([2, 0, 3, 1])
  expect(order({ sort: 'difference' })).toEqual([0, 3, 2, 1])
  expect(order({ sort: 'against', order: 'desc' })).toEqual([0, 1, 2, 3])
  expect(countWins(table, 'MRR@10')).toEqual({ wins: 1, ties: 1, losses: 1 })
})

it('finds every word in text or official id', () => {
  expect(order({ q: 'fox BLUE' })).toEqual([2])
  expect(order({ q: 'q7' })).toEqual([3])
})
