// Groups, bars and the opened group of the step timeline.
import { describe, expect, it } from 'vitest'
import { makeRun } from '@/components/sample-run'
import { currentGroup, prepareTimeline } from './prepare-timeline'

describe('timeline', () => {
  const run = makeRun()
  const now = Date.UTC(2026, 0, 1, 0, 0, 20)
  const { groups, seconds } = prepareTimeline(run, now)
  it('groups steps by checkpoint', () => {
    expect(groups.map((group) => [group.title, group.state, group.steps.length, group.done])).toEqual([['Prepare', 'succeeded', 2, 2], ['Step 500', 'running', 4, 0]])
    expect(currentGroup(groups)).toBe('500')
  })
  it('places bars on the run’s time axis', () => {
    expect(seconds).toBe(20)
    expect(groups[0].steps.map((s) => s.bar)).toEqual([{ left: 0, width: 20 }, { left: 20, width: 30 }])
    expect(groups[1].steps[0].bar).toEqual({ left: 50, width: 50 })
    expect(groups[1].steps[1].bar).toBeNull()
  })
  it('gives reused steps no time', () => {
    const reused = makeRun({ steps: run.steps.map((step) => ({ ...step, state: 'succeeded', reused: true })) })
    const timeline = prepareTimeline(reused, now)
    expect(timeline.groups.flatMap((group) => group.steps).every((s) => s.bar === null)).toBe(true)
    expect(timeline.seconds).toBe(0)
  })
})
