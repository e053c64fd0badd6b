// What the steppers of all methods share: how they are driven, and how a trainer's steps become reports. Called by train.ts, pair-stepper.ts and adore-stepper.ts.
import { AppError } from '@/contract/errors'
import { withSpecials } from '@/server/model/pack'
import { tokenCounts, type BatchMetrics } from './batch-metrics'
import type { Outputs } from './gradient-engine'
import type { Objective, PlannedObjective } from './objective'
import type { SampledQuery } from './sampler'
import { learningRateAt } from './schedule'
import { chunkCounts, type SegmentOptions } from './segment'
import { hasDiverged, openTrainer, type StepReport, type Trainer } from './trainer'

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

/** The trainer of a segment's steps. */
export const openSegmentTrainer = <Batch>(o: SegmentOptions, objective: Objective<Batch>): Promise<Trainer<Batch>> => openTrainer({ ...o, settings: o.train, objective, chunks: chunkCounts(o) })

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

/** Steps whose batches are known before them, so that a device can make many in one call; `metricsOf` tells of what the objective puts out for a batch. */
export async function openPlannedStepper<Batch>(o: SegmentOptions, objective: PlannedObjective<Batch>, { makeBatch, metricsOf }: { makeBatch(draw: number): Batch; metricsOf(outputs: Outputs): Record<string, number> }): Promise<Stepper> {
  const trainer = await openSegmentTrainer(o, objective)
  return {
    stepsAtOnce: trainer.stepsAtOnce,
    async steps(steps) {
      const batches = await Promise.all(steps.map((step) => batchesOf(o, step, makeBatch)))
      const reports = await makeSteps(o, trainer, steps, batches)
      return reports.map((report, i) => {
        const texts = batches[i].map((batch) => objective.texts(batch))
        return { report, metrics: meanOf(report.outputs.map(metricsOf)), ...tokenCounts(texts.flatMap(({ queries, docs }) => [...queries, ...(docs ?? [])])) }
      })
    },
    parameterNorm: () => trainer.parameterNorm(),
    close: () => trainer.close(),
  }
}
