// Decides what the resources panel says of each step: peak memory, mean cores, and a line of how memory went.
import type { RunResources } from '@/contract/resources'
import type { StepSummary } from '@/contract/run'

export interface StepUse {
  stepId: string
  attempt: number
  label: string
  peakBytes: number
  meanCores: number
  /** Of the step's GPU, where it used one. */
  peakDeviceBytes: number | null
  seconds: number
  /** Memory over time as the points of an SVG polyline in a box of 100 x 24. */
  line: string
}

const BOX = { width: 100, height: 24 }

/** One entry per attempt, steps in their order; attempts too short to be looked at twice have none. */
export function summariseUse(resources: RunResources, steps: StepSummary[]): StepUse[] {
  const order = new Map(steps.map((step, i) => [step.id, i]))
  const uses = resources.flatMap(({ stepId, attempt, samples }) => {
    const step = steps[order.get(stepId) ?? -1]
    if (!step || samples.length < 2) return []
    const peakBytes = Math.max(...samples.map((sample) => sample.memoryBytes))
    const device = samples.flatMap((sample) => (sample.deviceBytes === null ? [] : [sample.deviceBytes]))
    const [from, to] = [samples[0].at, samples[samples.length - 1].at]
    const points = samples.map(({ at, memoryBytes }) => `${round(((at - from) / Math.max(1, to - from)) * BOX.width)},${round(BOX.height - (memoryBytes / peakBytes) * (BOX.height - 1))}`)
    return [{ stepId, attempt, label: step.label, peakBytes, meanCores: samples.reduce((sum, sample) => sum + sample.cores, 0) / samples.length, peakDeviceBytes: device.length ? Math.max(...device) : null, seconds: (to - from) / 1000, line: points.join(' ') }]
  })
  return uses.sort((a, b) => order.get(a.stepId)! - order.get(b.stepId)! || a.attempt - b.attempt)
}

const round = (value: number) => Math.round(value * 10) / 10
