// Decides the table of checkpoints: what was measured at each, what its training took, which is best by which measure, and whether its files are still there.
import { MEASURES, type MeasureValues } from '@/contract/measure'
import type { MetricSeries, RunDetail } from '@/contract/run'
import { chosenEvaluation } from './prepare-runs'

export interface CheckpointRow {
  step: number
  measures: MeasureValues
  /** Measures that no other checkpoint of this run has higher. */
  bestBy: ReadonlySet<string>
  /** The one that speaks for the run: highest MRR@10. */
  isBest: boolean
  /** Loss at its last step; null where none was recorded. */
  loss: number | null
  /** What the training of its segment took; null where it was reused or is not the run's own. */
  seconds: number | null
  bytes: number | null
  /** Of the weights. */
  sha256: string | null
  judged: boolean
  /** The step that trained it. */
  trainedBy: string | null
}

/** Judged or trained checkpoints in order of their step; the start (step 0) is another run's model and never best. */
export function prepareCheckpoints(run: RunDetail, metrics: MetricSeries | undefined): CheckpointRow[] {
  const trained = new Map(run.steps.flatMap((step) => (step.kind === 'train' && step.state === 'succeeded' && step.checkpointStep !== null ? [[step.checkpointStep, step] as const] : [])))
  const judged = new Map(run.evaluations.map((evaluation) => [evaluation.checkpointStep, evaluation]))
  const best = chosenEvaluation(run, 'best')
  const highest = new Map(MEASURES.map((measure) => [measure, Math.max(...run.evaluations.filter((each) => each.checkpointStep > 0).map((each) => each.measures[measure] ?? -Infinity))]))
  return [...new Set([...judged.keys(), ...trained.keys()])]
    .sort((a, b) => a - b)
    .map((step) => {
      const by = trained.get(step)
      const measures = judged.get(step)?.measures ?? {}
      const files = run.files.filter((file) => file.stepId === by?.id)
      const weights = files.find((file) => /weights|safetensors/.test(file.name)) ?? files[0]
      return {
        step,
        measures,
        bestBy: new Set(step === 0 ? [] : MEASURES.filter((measure) => measures[measure] !== undefined && measures[measure] === highest.get(measure))),
        isBest: best?.checkpointStep === step,
        loss: step === 0 ? null : (metrics?.loss?.findLast((point) => point.step <= step)?.value ?? null),
        seconds: by?.startedAt && by.finishedAt && !by.reused ? (Date.parse(by.finishedAt) - Date.parse(by.startedAt)) / 1000 : null,
        bytes: files.length > 0 ? files.reduce((sum, file) => sum + file.bytes, 0) : null,
        sha256: weights?.sha256 ?? null,
        judged: judged.has(step),
        trainedBy: by?.id ?? null,
      }
    })
}
