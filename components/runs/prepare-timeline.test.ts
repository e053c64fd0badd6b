// Groups, bars and the opened group of the step timeline.
import { describe, expect, it } from 'vitest'
import { makeRun } from '@/components/sample-run'
import { currentGroup, prepareTimeline, type TimelineStep } from './prepare-timeline'

const places = ({ bars }: TimelineStep) => bars.map(({ left, width, look }) => [left, width, look])

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
    expect(groups[0].steps.map(places)).toEqual([[[0, 20, 'succeeded']], [[20, 30, 'succeeded']]])
    expect(places(groups[1].steps[0])).toEqual([[50, 50, 'running']])
    expect(groups[1].steps[1].bars).toEqual([])
  })
  it('draws every attempt, also those that were lost', () => {
    const at = (second: number) => new Date(Date.UTC(2026, 0, 1, 0, 0, second)).toISOString()
    const again = makeRun({ steps: run.steps.map((step) => (step.ordinal === 2 ? { ...step, attempt: 2, startedAt: at(15) } : step)) })
    const timeline = prepareTimeline(again, now, [
      { stepId: 'step-2', attempt: 1, startedAt: at(10), endedAt: at(14), state: 'queued', reason: 'Its worker was lost' },
      { stepId: 'step-2', attempt: 2, startedAt: at(15), endedAt: null, state: 'running', reason: null },
    ])
    const [step] = timeline.groups[1].steps
    expect(places(step)).toEqual([[50, 20, 'lost'], [75, 25, 'running']])
    expect(step.bars[0].title).toBe(`${step.step.label}, attempt 1: lost after 4.0 s. Its worker was lost`)
    expect(step.seconds).toBe(9)
  })
  it('gives reused steps no time', () => {
    const reused = makeRun({ steps: run.steps.map((step) => ({ ...step, state: 'succeeded', reused: true })) })
    const timeline = prepareTimeline(reused, now)
    expect(timeline.groups.flatMap((group) => group.steps).every((s) => s.bars.length === 0)).toBe(true)
    expect(timeline.seconds).toBe(0)
  })
})
