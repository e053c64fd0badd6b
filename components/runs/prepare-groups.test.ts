import { expect, it } from 'vitest'
import { aggregate, groupName, groupState } from './prepare-groups'

it('takes the mean of what is there, and has no deviation of one value', () => {
  expect(aggregate([0.2, undefined, 0.4, null])).toEqual({ mean: expect.closeTo(0.3, 12), deviation: expect.closeTo(Math.SQRT2 / 10, 12), n: 2 })
  expect(aggregate([0.5])).toEqual({ mean: 0.5, deviation: null, n: 1 })
  expect(aggregate([null, undefined])).toBeNull()
})

it.each([
  [['lr=3 seed=1', 'lr=3 seed=2'], 'lr=3'],
  [['warm-1', 'warm-2'], 'warm'],
  [['alpha', 'beta'], 'beta'],
  [['only'], 'only'],
])('%j is called %s', (names, expected) => expect(groupName(names.map((name) => ({ name })))).toBe(expected))

it('says the state that matters most', () => {
  expect(groupState(['succeeded', 'failed', 'queued'])).toBe('queued')
  expect(groupState(['succeeded', 'failed'])).toBe('failed')
  expect(groupState(['succeeded', 'succeeded'])).toBe('succeeded')
})
