// Optimizer steps of an encoder. Called by the steppers; benchmarks drive it directly.
import type { TrainConfig } from '@/contract/run'
import { hasOwnMemory, type Compute } from '@/server/graph/session'
import type { Architecture } from '@/server/model/architecture'
import type { ChunkCounts } from './chunks'
import type { Outputs } from './gradient-engine'
import { openHostTrainer } from './host-trainer'
import type { Objective } from './objective'
import { openResidentTrainer } from './resident-trainer'
import type { TrainState } from './state'

/** Purpose of the random draws of dropout, beside those of sampler.ts. */
export const DROPOUT = 4

/** What one optimizer step is made of; `step` counts from 0. */
export interface Step<Batch> {
  /** Its gradient is the mean over these. */
  batches: readonly Batch[]
  step: number
  learningRate: number
}

export interface StepReport {
  /** Mean over the batches of the step. */
  loss: number
  /** Global norm of the gradients before clipping. */
  gradientNorm: number
  /** What the objective puts out, batch by batch. */
  outputs: Outputs[]
  /** In half precision: what the loss was multiplied by before its gradient was taken. */
  lossScale?: number
  /** The gradient left the range of half precision: no update was made, and the steps after it are scaled by half as much. */
  isSkipped?: boolean
}

export interface Trainer<Batch> {
  /** The most steps that one call makes. */
  readonly stepsAtOnce: number
  /**
   * Makes steps one after the other and reports each. A step whose loss or gradient norm is not finite is reported, but neither it nor
   * those after it are made: the state is that of before it.
   */
  steps(steps: readonly Step<Batch>[]): Promise<StepReport[]>
  /** Euclidean norm of all weights. */
  parameterNorm(): number
  close(): Promise<void>
}

export const hasDiverged = ({ loss, gradientNorm, isSkipped }: StepReport) => !Number.isFinite(loss) || (!Number.isFinite(gradientNorm) && !isSkipped)

export type TrainerSettings = Pick<TrainConfig, 'optimizer' | 'weightDecay' | 'clipNorm' | 'accumulation' | 'cachedChunkTokens' | 'hiddenDropout' | 'attentionDropout' | 'frozenLayers' | 'precision'>

export interface TrainerOptions<Batch> extends Compute {
  architecture: Architecture
  state: TrainState
  objective: Objective<Batch>
  settings: TrainerSettings
  seed: number
  /** Chunks of a whole batch: see chunks.ts. */
  chunks: ChunkCounts
}

/** The trainer that suits the device: one that leaves weights and moments in a GPU's memory for many steps, wherever the settings allow it. */
export function openTrainer<Batch>(options: TrainerOptions<Batch>): Promise<Trainer<Batch>> {
  const { device, objective } = options
  return hasOwnMemory(device) && objective.outputShapes
    ? openResidentTrainer({ ...options, device, objective: { ...objective, outputShapes: objective.outputShapes } })
    : openHostTrainer(options)
}
