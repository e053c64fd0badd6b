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

/** A look at the run's steps on its time axis; between two steps a point without values breaks the line. */
export interface UsePoint {
  seconds: number
  memoryBytes: number | null
  cores: number | null
  label: string | null
}

/** All samples in order of time, from the first on. */
export function traceUse(resources: RunResources, steps: StepSummary[]): UsePoint[] {
  const labels = new Map(steps.map((step) => [step.id, step.label]))
  const parts = resources.filter(({ stepId, samples }) => labels.has(stepId) && samples.length > 0).sort((a, b) => a.samples[0].at - b.samples[0].at)
  const start = parts[0]?.samples[0].at ?? 0
  return parts.flatMap(({ stepId, samples }) => {
    const points = samples.map(({ at, memoryBytes, cores }): UsePoint => ({ seconds: (at - start) / 1000, memoryBytes, cores, label: labels.get(stepId)! }))
    return [...points, { seconds: points[points.length - 1].seconds, memoryBytes: null, cores: null, label: null }]
  })
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
