import { expect, it } from 'vitest'
import { makeRun } from '@/components/sample-run'
import { summariseUse, traceUse } from './prepare-resources'

const sample = (at: number, cores: number, memoryBytes: number) => ({ at, cores, memoryBytes, deviceShare: null, deviceBytes: null })

it('gives peak and mean per attempt, steps in their order', () => {
  const uses = summariseUse(
    [
      { stepId: 'step-2', attempt: 2, samples: [sample(0, 1, 100), sample(1000, 3, 400), sample(2000, 2, 200)] },
      { stepId: 'step-2', attempt: 1, samples: [sample(0, 1, 50)] },
      { stepId: 'step-1', attempt: 1, samples: [sample(0, 0.5, 10), sample(500, 0.5, 20)] },
      { stepId: 'gone', attempt: 1, samples: [sample(0, 0.5, 10), sample(500, 0.5, 20)] },
    ],
    makeRun().steps,
  )
  expect(uses.map(({ label, attempt, peakBytes, meanCores, seconds }) => ({ label, attempt, peakBytes, meanCores, seconds }))).toEqual([
    { label: 'Tokenise', attempt: 1, peakBytes: 20, meanCores: 0.5, seconds: 0.5 },
    { label: 'Train to 500', attempt: 2, peakBytes: 400, meanCores: 2, seconds: 2 },
  ])
  expect(uses[1].line).toBe('0,18.3 50,1 100,12.5')
})

it('breaks the line between two steps', () => {
  const run = makeRun()
  const sample = (at: number) => ({ at, cores: 1, memoryBytes: 10, deviceShare: null, deviceBytes: null })
  const points = traceUse([{ stepId: 'step-1', attempt: 1, samples: [sample(5000)] }, { stepId: 'step-0', attempt: 1, samples: [sample(1000), sample(3000)] }], run.steps)
  expect(points.map(({ seconds, memoryBytes }) => [seconds, memoryBytes])).toEqual([[0, 10], [2, 10], [2, null], [4, 10], [4, null]])
})
