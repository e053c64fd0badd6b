// What the steppers of all methods share: how they are driven, and how a trainer's steps become reports. Called by train.ts, pair-stepper.ts and adore-stepper.ts.
import { AppError } from '@/contract/errors'
import { withSpecials } from '@/server/model/pack'
import type { BatchMetrics } from './batch-metrics'
import type { SampledQuery } from './sampler'
import { learningRateAt } from './schedule'
import type { SegmentOptions } from './segment'
import { hasDiverged, type StepReport, type Trainer } from './trainer'

export interface MadeStep {
  report: StepReport
  metrics: Record<string, number>
  tokens: number
  paddingShare: number
}

export interface Stepper {
  readonly stepsAtOnce: number
  /** Makes steps, and answers with at least one; throws AppError broken where the first of them diverges. */
  steps(steps: readonly number[]): Promise<MadeStep[]>
  parameterNorm(): number
  close(): Promise<void>
}

export const queryTokens = ({ architecture, texts }: SegmentOptions, queries: readonly SampledQuery[]) => queries.map((q) => withSpecials(architecture, texts.queries.row(q.row), texts.maxQueryTokens))

/** The batches of a step: each draws as a step of its own would. */
export async function batchesOf<T>({ train }: SegmentOptions, step: number, make: (draw: number) => Promise<T> | T): Promise<T[]> {
  const batches: T[] = []
  for (let i = 0; i < train.accumulation; i++) batches.push(await make(step * train.accumulation + i))
  return batches
}

export const named = ({ accuracy, mrr10, success10 }: BatchMetrics) => ({ 'batch accuracy': accuracy, 'batch MRR@10': mrr10, 'batch success@10': success10 })
export const meanOf = (records: readonly Record<string, number>[]) => Object.fromEntries(Object.keys(records[0]).map((key) => [key, records.reduce((sum, r) => sum + r[key], 0) / records.length]))

/** Makes the steps of a trainer up to one that diverges, which leaves its batches for inspection when its turn to be the first comes. */
export async function makeSteps<Batch>(o: SegmentOptions, trainer: Trainer<Batch>, steps: readonly number[], batches: readonly Batch[][]): Promise<StepReport[]> {
  const reports = await trainer.steps(steps.map((step, i) => ({ batches: batches[i], step, learningRate: learningRateAt(step, o.train) })))
  const finite = reports.filter((report) => !hasDiverged(report))
  if (finite.length) return finite
  o.onDiverged?.(steps[0], batches[0])
  const [{ loss, gradientNorm }] = reports
  throw new AppError('broken', `loss ${loss}, gradient norm ${gradientNorm} at step ${steps[0]}: training has diverged; lower the learning rate or raise the temperature`)
}
