// How long the demo still takes: what each step took on a 2-core machine, scaled by how this machine does. Called by jobs/demo.ts.
import type { Method, RunDetail, StepKind, StepSummary } from '@/contract/run'

/** Seconds of a step of the demo, measured on 2 cores; of a training step per optimizer step. */
const SECONDS: Record<Exclude<StepKind, 'train'>, number> & { train: Partial<Record<Method, number>> } = {
  import: 6,
  'import-model': 5,
  tokenise: 8,
  'bm25-retrieve': 3,
  encode: 12,
  'encode-shard': 12,
  'encode-queries': 2,
  retrieve: 4,
  'retrieve-shard': 4,
  mine: 1,
  'teacher-scores': 5,
  fuse: 1,
  take: 2,
  index: 30,
  diagnose: 5,
  evaluate: 0.5,
  export: 2,
  'try-query': 2,
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
        if (step.reused || planned.has(step.artifactKey)) continue
        // a later run's step with the same artifact will be reused
        planned.add(step.artifactKey)
        const prior = priorSeconds(run, step)
        const share = shareDone(step)
        if (step.startedAt && (step.state === 'succeeded' || step.state === 'running')) {
          const end = step.finishedAt ? Date.parse(step.finishedAt) : now
          expected += prior * share
          // A step that tells no progress says nothing about the pace while it runs.
          if (share > 0) taken += (end - Date.parse(step.startedAt)) / 1000
        }
        left += prior * (1 - share)
      }
    }
    return left * (taken / expected)
  }
}

function shareDone(step: StepSummary): number {
  if (step.state === 'succeeded') return 1
  return step.state === 'running' && step.progress && step.progress.total > 0 ? step.progress.done / step.progress.total : 0
}

function priorSeconds(run: RunDetail, step: StepSummary): number {
  if (step.kind !== 'train') return SECONDS[step.kind]
  if (!('train' in run.config)) return 0
  const { steps, checkpoints } = run.config.train
  return ((SECONDS.train[run.method] ?? 0.1) * steps) / Math.min(checkpoints, steps)
}
