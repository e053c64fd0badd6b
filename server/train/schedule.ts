// Learning rate by optimizer step. Called by trainer.ts.

/**
 * Linear warm-up from 0, then linear decay to 0, as transformers' get_linear_schedule_with_warmup.
 * `step` counts from 0: the first update has learning rate 0 where there is a warm-up.
 */
export function learningRateAt(step: number, { steps, warmupShare, learningRate }: { steps: number; warmupShare: number; learningRate: number }): number {
  const warmup = Math.round(steps * warmupShare)
  if (step < warmup) return (learningRate * step) / warmup
  return (learningRate * Math.max(0, steps - step)) / Math.max(1, steps - warmup)
}
