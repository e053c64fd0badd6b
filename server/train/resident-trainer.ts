// Training with weights and moments that stay in a device's memory: many steps, updates included, are one call. Called by trainer.ts.
import { openLoop, type ChosenDevice, type TensorData } from '@/server/graph/session'
import { elements } from '@/server/model/weights'
import { mixSeed } from '@/server/random/random'
import { engineOptions, lossFeeds, type Outputs } from './gradient-engine'
import type { PlannedObjective } from './objective'
import { updateFeeds } from './optimizer-graph'
import { buildRound, LOSS, NORM, placeFeeds, rowsOf, SCALE } from './resident-round'
import { DROPOUT, type StepReport, type Trainer, type TrainerOptions } from './trainer'

/** Weights and both moments go to the device and back once for so many batches; a collection that is searched there is larger. */
const BATCHES_AT_ONCE = 32
const SEARCHED_BATCHES_AT_ONCE = 128

export type ResidentOptions<Batch> = TrainerOptions<Batch> & { device?: Exclude<ChosenDevice, 'tfjs'>; objective: PlannedObjective<Batch> }

/** A trainer whose steps are as the host's, but for the order of sums and, where the settings ask for half precision, its rounding. */
export async function openResidentTrainer<Batch>(o: ResidentOptions<Batch>): Promise<Trainer<Batch>> {
  const { state, settings, objective, chunks } = o
  const options = engineOptions(o)
  const { graph, loop, carried } = buildRound(o)
  const session = await openLoop(graph, loop, { ...o, half: settings.precision === 'half' }, objective.fixed)

  return {
    stepsAtOnce: Math.max(1, Math.floor((objective.fixed ? SEARCHED_BATCHES_AT_ONCE : BATCHES_AT_ONCE) / settings.accumulation)),
    async steps(steps) {
      const rounds = steps.flatMap(({ batches, step, learningRate }) =>
        batches.map((batch, i) => ({ ...lossFeeds(options, batch, chunks, mixSeed(o.seed, DROPOUT, step), i), ...updateFeeds(settings, learningRate, step + 1), ...placeFeeds(settings, i) })),
      )
      const rows = await session.run(carried, rounds)
      const [losses, norms, scales] = [LOSS, NORM, SCALE].map((name) => rows[rowsOf(name)] as Float32Array | undefined)
      const at: Record<string, number> = {}
      /** The next rows of an objective's outputs for a batch. */
      const outputsOf = (batch: Batch): Outputs =>
        Object.fromEntries(
          Object.entries(objective.outputShapes(batch)).map(([name, shape]): [string, TensorData] => {
            const from = at[name] ?? 0
            at[name] = from + elements(shape)
            return [name, { data: rows[rowsOf(name)].subarray(from, at[name]), shape }]
          }),
        )
      const reports: StepReport[] = []
      for (let round = 0; round < losses!.length; round += settings.accumulation) {
        const made = losses!.subarray(round, round + settings.accumulation)
        const outputs = Array.from(made, (loss, i) => ({ loss: { data: Float32Array.of(loss), shape: [] }, ...outputsOf(steps[reports.length].batches[i]) }))
        const last = round + made.length - 1
        const gradientNorm = norms![last]
        reports.push({ loss: made.reduce((a, b) => a + b, 0) / made.length, gradientNorm, outputs, ...(scales && halfPrecision(scales[last], gradientNorm)) })
      }
      return reports
    },
    parameterNorm: () => Math.sqrt(state.weights.reduce((sum, x) => sum + x * x, 0)),
    close: () => session.close(),
  }
}

/** What a step in half precision was scaled by; it is skipped where its gradient left the range and the scale can be halved. */
const halfPrecision = (lossScale: number, gradientNorm: number): Pick<StepReport, 'lossScale' | 'isSkipped'> => ({ lossScale, isSkipped: !Number.isFinite(gradientNorm) && lossScale > 1 })
