// Lines join the same document; systems survive the way through an address.
import { expect, it } from 'vitest'
import { formatSystems, isRelevant, movementLines, parseSystems } from './prepare-side-by-side'

const doc = (row: number, grade: number | null = null, ownGrade: number | null = null) => ({ rank: 1, row, id: `d${row}`, text: '', score: 0, grade, ownGrade })

it('draws a line for what both have, the relevant ones last', () => {
  expect(movementLines([doc(1, 1), doc(2), doc(3)], [doc(3), doc(9), doc(1, 1)])).toEqual([
    { docRow: 3, left: 2, right: 0, isRelevant: false },
    { docRow: 1, left: 0, right: 2, isRelevant: true },
  ])
})

it('lets the official judgement stand before the one made here', () => {
  expect([isRelevant(doc(1, 0, 1)), isRelevant(doc(1, null, 1)), isRelevant(doc(1))]).toEqual([false, true, false])
})

it('reads systems back from an address and takes at most three beside the first', () => {
  const systems = [{ runId: 'a1', checkpoint: null }, { runId: 'b2', checkpoint: 40 }]
  expect(parseSystems(formatSystems(systems))).toEqual(systems)
  expect(parseSystems('a,b,c,d,<x>')).toHaveLength(3)
  expect(parseSystems(null)).toEqual([])
})
