import { describe, expect, it } from 'vitest'
import { decideRetry, type FailureCause } from './retry-policy'

/** How many attempts a step gets that fails by the same cause again and again, and their delays. */
function attempts(cause: FailureCause, max = 20): { delays: number[]; last: string } {
  const delays: number[] = []
  let chunkScale = 1
  for (let tries = 1; tries <= max; tries++) {
    const decision = decideRetry(cause, 'It stopped', { tries, chunkScale })
    if (!decision.retry) return { delays, last: decision.words }
    delays.push(decision.delayMs)
    chunkScale = decision.chunkScale
  }
  return { delays, last: '' }
}

describe('retry policy', () => {
  it.each(['bad-input', 'bug'] as const)('%s: never', (cause) => expect(attempts(cause)).toEqual({ delays: [], last: 'It stopped' }))

  it('lost worker: always, at once twice and then with pauses up to a minute', () => {
    const { delays } = attempts('lost-worker', 30)
    expect(delays).toHaveLength(30)
    expect(delays.slice(0, 4)).toEqual([0, 0, 1000, 2000])
    expect(delays.at(-1)).toBe(60_000)
  })

  it('out of memory: once, in smaller pieces', () => {
    expect(decideRetry('out-of-memory', 'It ran out of memory', { tries: 1, chunkScale: 1 })).toMatchObject({ retry: true, chunkScale: 0.5, delayMs: 0 })
    expect(attempts('out-of-memory').delays).toEqual([0])
  })

  it('a full disk and a store that refuses get time', () => {
    expect(attempts('disk-full').delays).toEqual([5000, 10_000, 20_000, 40_000, 60_000])
    expect(attempts('unavailable').delays).toHaveLength(9)
  })

  it('says which try it is, and how many were in vain', () => {
    expect(decideRetry('lost-process', 'Its process was killed', { tries: 1, chunkScale: 1 }).words).toBe('Its process was killed; begun again (try 2 of 7)')
    expect(attempts('lost-process').last).toBe('It stopped, 7 times without getting further')
  })
})
