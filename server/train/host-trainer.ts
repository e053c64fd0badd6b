// Training with weights, gradients and moments in this process's memory: gradients by a session, the update by WebAssembly. Called by trainer.ts.
import { mixSeed } from '@/server/random/random'
import { engineOptions, openCachedEngine, openWholeEngine } from './gradient-engine'
import { createOptimizer } from './optimizer'
import { DROPOUT, hasDiverged, type StepReport, type Trainer, type TrainerOptions } from './trainer'

export interface HostTrainer<Batch> extends Trainer<Batch> {
  /** Loss and gradients of a step's batches, without an update; state.gradients holds their sum until the next call. */
  evaluate(batches: readonly Batch[], step: number): Promise<StepReport>
}

export async function openHostTrainer<Batch>(o: TrainerOptions<Batch>): Promise<HostTrainer<Batch>> {
  const { state, settings, seed, chunks } = o
  const options = engineOptions(o)
  const engine = await (settings.cachedChunkTokens ? openCachedEngine({ ...options, chunkTokens: settings.cachedChunkTokens }) : openWholeEngine({ ...options, chunks }))
  const optimizer = await createOptimizer(state, { kind: settings.optimizer, weightDecay: settings.weightDecay, isFrozen: (name) => !options.isTrained(name) })

  async function evaluate(batches: readonly Batch[], step: number): Promise<StepReport> {
    const { outputs, squaredNorm } = await engine.run(batches, mixSeed(seed, DROPOUT, step))
    return { loss: outputs.reduce((sum, out) => sum + out.loss.data[0], 0) / batches.length, gradientNorm: Math.sqrt(squaredNorm) / batches.length, outputs }
  }

  return {
    stepsAtOnce: 1,
    evaluate,
    async steps(steps) {
      const reports: StepReport[] = []
      for (const { batches, step, learningRate } of steps) {
        const report = await evaluate(batches, step)
        reports.push(report)
        if (hasDiverged(report)) break
        const clip = Math.min(1, settings.clipNorm / (report.gradientNorm + 1e-6)) // as torch's clip_grad_norm_
        optimizer.update({ t: step + 1, learningRate, gradientScale: clip / batches.length })
      }
      return reports
    },
    parameterNorm: () => optimizer.parameterNorm(),
    close: () => engine.close(),
  }
}
