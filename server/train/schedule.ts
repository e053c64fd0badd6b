// Learning rate by optimizer step. Called by train.ts and stepper.ts.
import type { Schedule } from '@/contract/run'

interface ScheduleOptions {
  schedule: Schedule
  /** Optimizer steps of the whole run. */
  steps: number
  /** Share of them in which the rate rises from 0. */
  warmupShare: number
  /** Peak rate. */
  learningRate: number
}

/**
 * Linear warm-up from 0, then the schedule: linear to 0, constant, or half a cosine to 0, as transformers' get_{linear,constant,cosine}_schedule_with_warmup.
 * `step` counts from 0: the first update has learning rate 0 where there is a warm-up.
 */
export function learningRateAt(step: number, { schedule, steps, warmupShare, learningRate }: ScheduleOptions): number {
  const warmup = Math.round(steps * warmupShare)
  if (step < warmup) return (learningRate * step) / warmup
  return learningRate * SHARE_LEFT[schedule](Math.min(1, (step - warmup) / Math.max(1, steps - warmup)))
}

/** Share of the peak after a share of the time behind the warm-up. */
const SHARE_LEFT: Record<Schedule, (done: number) => number> = {
  linear: (done) => 1 - done,
  constant: () => 1,
  cosine: (done) => 0.5 * (1 + Math.cos(Math.PI * done)),
}
