// How long the demo still takes: what each step took on a 2-core machine, scaled by how this machine does. Called by jobs/demo.ts.
import type { Method, RunDetail, StepKind, StepSummary } from '@/contract/run'

/** Seconds of a step of the demo, measured on 2 cores; of a training step per optimizer step. */
const SECONDS: Record<Exclude<StepKind, 'train'>, number> & { train: Partial<Record<Method, number>> } = {
  import: 6,
  tokenise: 8,
  'bm25-retrieve': 3,
  encode: 12,
  retrieve: 4,
  mine: 1,
  evaluate: 0.5,
  train: { 'in-batch': 0.06, star: 0.09, adore: 0.06 },
}

/** Steps finished here count as much as this many seconds of the measured machine. */
const PRIOR_SECONDS = 5

export class DemoEstimate {
  /** Seconds until all runs are done, at `now` (milliseconds since the epoch). */
  secondsLeft(runs: RunDetail[], now: number): number {
    let expected = PRIOR_SECONDS
    let taken = PRIOR_SECONDS
    let left = 0
    const planned = new Set<string>()
    for (const run of runs) {
      for (const step of run.steps) {
        if (step.state === 'succeeded') {
          if (step.reused || !step.startedAt || !step.finishedAt) continue
          expected += priorSeconds(run, step)
          taken += (Date.parse(step.finishedAt) - Date.parse(step.startedAt)) / 1000
        } else if (!planned.has(step.artifactKey)) {
          // a later run's step with the same artifact will be reused
          planned.add(step.artifactKey)
          left += step.state === 'running' ? runningSeconds(run, step, now) : priorSeconds(run, step)
        }
      }
    }
    return left * (taken / expected)
  }
}

/** What is left of a running step in seconds of the measured machine. */
function runningSeconds(run: RunDetail, step: StepSummary, now: number): number {
  const prior = priorSeconds(run, step)
  if (step.progress && step.progress.total > 0) return prior * (1 - step.progress.done / step.progress.total)
  return Math.max(0, prior - (now - Date.parse(step.startedAt!)) / 1000)
}

function priorSeconds(run: RunDetail, step: StepSummary): number {
  if (step.kind !== 'train') return SECONDS[step.kind]
  if (!('train' in run.config)) return 0
  const { steps, checkpoints } = run.config.train
  return ((SECONDS.train[run.method] ?? 0.1) * steps) / Math.min(checkpoints, steps)
}
