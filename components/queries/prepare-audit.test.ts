// The queue goes on to what has no verdict, and around its end.
import { expect, it } from 'vitest'
import { auditKey, countVerdicts, nextOpen, type Suspect } from './prepare-audit'

const suspect = (ownGrade: number | null): Suspect => ({ query: { row: 1, id: 'q', text: '' }, doc: { row: 2, id: 'd', text: '' }, rank: 1, score: 2, positive: { row: 3, id: 'p', text: '' }, positiveScore: 1, overlap: 0, ownGrade })

it('goes to the next without a verdict', () => {
  const suspects = [suspect(null), suspect(1), suspect(0), suspect(null)]
  expect([nextOpen(suspects, 0), nextOpen(suspects, 3), nextOpen([suspect(1), suspect(0)], 0)]).toEqual([3, 0, 0])
  expect(countVerdicts(suspects)).toEqual({ open: 2, relevant: 1, negative: 1 })
})

it('knows its keys', () => expect(['r', '0', 'ArrowDown', 'k', 'u', 'x'].map(auditKey)).toEqual(['relevant', 'negative', 'skip', 'back', 'undo', null]))
