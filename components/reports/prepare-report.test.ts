import { expect, it } from 'vitest'
import { insertBlock, keyed, moveBlock, runsOf } from './prepare-report'

const blocks = keyed([{ kind: 'text', markdown: 'a' }, { kind: 'curves', runs: ['x', 'y'], of: 'loss' }, { kind: 'text', markdown: 'b' }])
const keys = (list: { key: number }[]) => list.map(({ key }) => key)

it('a new part goes below the one at hand, shows the runs of the part above, and has a key of its own', () => {
  const grown = insertBlock(blocks, 1, 'measures')
  expect(keys(grown)).toEqual([0, 1, 3, 2])
  expect(grown[2].block).toEqual({ kind: 'measures', runs: ['x', 'y'], measures: ['MRR@10', 'R@100', 'NDCG@10'] })
  expect(insertBlock([], -1, 'curves')).toEqual([{ key: 0, block: { kind: 'curves', runs: [], of: 'MRR@10' } }])
})

it('parts move and keep their keys; the ends do not move further', () => {
  expect(keys(moveBlock(blocks, 0, 1))).toEqual([1, 0, 2])
  expect(keys(moveBlock(blocks, 2, -1))).toEqual([0, 2, 1])
  expect(keys(moveBlock(blocks, 0, -1))).toEqual([0, 1, 2])
  expect(keys(moveBlock(blocks, 2, 1))).toEqual([0, 1, 2])
})

it('names each run once', () => {
  expect(runsOf([...blocks.map(({ block }) => block), { kind: 'settings', runs: ['y', 'z'] }])).toEqual(['x', 'y', 'z'])
})
