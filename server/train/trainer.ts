// One optimizer step of an encoder: loss and gradients of its batches, clipping, update. train.ts feeds it; benchmarks drive it directly.
import { AppError } from '@/contract/errors'
import type { TrainConfig } from '@/contract/run'
import type { Compute } from '@/server/graph/session'
import { towerPrefix, type Architecture } from '@/server/model/architecture'
import { mixSeed } from '@/server/random/random'
import type { ChunkCounts } from './chunks'
import { openCachedEngine, openWholeEngine, type Outputs } from './gradient-engine'
import type { Objective } from './objective'
import { createOptimizer } from './optimizer'
import type { TrainState } from './state'

/** Purpose of the random draws of dropout, beside those of sampler.ts. */
const DROPOUT = 4

export interface StepReport {
  /** Mean over the batches of the step. */
  loss: number
  /** Global norm of the gradients before clipping. */
  gradientNorm: number
  /** What the objective puts out, batch by batch. */
  outputs: Outputs[]
}

export interface Trainer<Batch> {
  /** Loss and gradients of a step's batches, without an update; state.gradients holds their sum until the next call. */
  evaluate(batches: readonly Batch[], step: number): Promise<StepReport>
  /** One update from the mean gradient of the batches; `step` counts from 0. Throws AppError broken where loss or gradients are not finite. */
  step(batches: readonly Batch[], options: { step: number; learningRate: number }): Promise<StepReport>
  /** Euclidean norm of all weights. */
  parameterNorm(): number
  close(): Promise<void>
}

export type TrainerSettings = Pick<TrainConfig, 'optimizer' | 'weightDecay' | 'clipNorm' | 'accumulation' | 'cachedChunkTokens' | 'hiddenDropout' | 'attentionDropout' | 'frozenLayers'>

export interface TrainerOptions<Batch> extends Compute {
  architecture: Architecture
  state: TrainState
  objective: Objective<Batch>
  settings: TrainerSettings
  seed: number
  /** Chunks of a whole batch: see chunks.ts. */
  chunks: ChunkCounts
}

export async function openTrainer<Batch>({ architecture, state, objective, settings, seed, threads, device, chunks }: TrainerOptions<Batch>): Promise<Trainer<Batch>> {
  const isTrained = (name: string) => !isFrozen(settings.frozenLayers, name) && (objective.encodesDocs || name.startsWith(towerPrefix(architecture, 'query')))
  const dropout = { hidden: settings.hiddenDropout, attention: settings.attentionDropout }
  const options = { architecture, state, objective, dropout, isTrained, threads, device, accumulates: settings.accumulation > 1 }
  const engine = await (settings.cachedChunkTokens ? openCachedEngine({ ...options, chunkTokens: settings.cachedChunkTokens }) : openWholeEngine({ ...options, chunks }))
  const optimizer = await createOptimizer(state, { kind: settings.optimizer, weightDecay: settings.weightDecay, isFrozen: (name) => !isTrained(name) })

  async function evaluate(batches: readonly Batch[], step: number): Promise<StepReport> {
    const { outputs, squaredNorm } = await engine.run(batches, mixSeed(seed, DROPOUT, step))
    return { loss: outputs.reduce((sum, out) => sum + out.loss.data[0], 0) / batches.length, gradientNorm: Math.sqrt(squaredNorm) / batches.length, outputs }
  }

  return {
    evaluate,
    async step(batches, { step, learningRate }) {
      const report = await evaluate(batches, step)
      if (!Number.isFinite(report.loss) || !Number.isFinite(report.gradientNorm))
        throw new AppError('broken', `loss ${report.loss}, gradient norm ${report.gradientNorm} at step ${step}: training has diverged; lower the learning rate or raise the temperature`)
      const clip = Math.min(1, settings.clipNorm / (report.gradientNorm + 1e-6)) // as torch's clip_grad_norm_
      optimizer.update({ t: step + 1, learningRate, gradientScale: clip / batches.length })
      return report
    },
    parameterNorm: () => optimizer.parameterNorm(),
    close: () => engine.close(),
  }
}

/** The embeddings and layers [0, frozenLayers) stay as they are; -1: nothing is frozen. */
function isFrozen(frozenLayers: number, name: string): boolean {
  if (frozenLayers < 0) return false
  const layer = /\.encoder\.layer\.(\d+)\./.exec(name)
  return layer ? Number(layer[1]) < frozenLayers : name.includes('.embeddings.')
}
