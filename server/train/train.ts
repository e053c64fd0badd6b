// A segment of training, from one checkpoint to the next: reads like the paper's algorithm. Called by jobs/steps/train.ts.
import { openAdoreStepper } from './adore-stepper'
import { openPairStepper } from './pair-stepper'
import { createSampler } from './sampler'
import { learningRateAt } from './schedule'
import type { SegmentOptions } from './segment'

/** Norms of the weights are reported this often: they need a pass over all of them. */
const NORM_EVERY = 10

/** Trains steps [from, to) of a run. A step is the mean of train.accumulation batches, each with negatives of its own. */
export async function trainSegment(o: SegmentOptions): Promise<void> {
  const sampler = createSampler({ queryRows: o.queryRows, qrels: o.qrels, batchSize: o.train.batchSize, seed: o.seed })
  const stepper = o.recipe.method === 'adore' ? await openAdoreStepper(o, o.recipe, sampler) : await openPairStepper(o, o.recipe, sampler)
  try {
    for (let done = o.from; done < o.to; ) {
      const startedAt = o.clock()
      const made = await stepper.steps(Array.from({ length: Math.min(stepper.stepsAtOnce, o.to - done) }, (_, i) => done + i))
      const msEach = Math.max(0.001, (o.clock() - startedAt) / made.length)
      const points = made.flatMap(({ report, metrics, tokens, paddingShare }, i) => {
        const values = {
          loss: report.loss,
          'learning rate': learningRateAt(done + i, o.train),
          ...(!report.isSkipped && { 'gradient norm': report.gradientNorm }),
          ...(report.lossScale && { 'loss scale': report.lossScale }),
          ...metrics,
          'padding share': paddingShare,
          'tokens per second': (1000 * tokens) / msEach,
        }
        return Object.entries(values).map(([name, value]) => ({ name, step: done + i + 1, value }))
      })
      const before = done
      done += made.length
      if (done === o.to || Math.floor(done / NORM_EVERY) > Math.floor(before / NORM_EVERY)) points.push({ name: 'parameter norm', step: done, value: stepper.parameterNorm() })
      o.onSteps(done, points)
    }
  } finally {
    await stepper.close()
  }
}
