// Stops runs of a sweep that lie behind the others at a checkpoint. Called by server/db/advance.ts when a checkpoint is judged.
import { EarlyStop, isBehind } from '@/contract/sweep'
import { MeasureValues } from '@/contract/measure'
import type { Change } from './change'

/** Asks the run to stop where its best value so far is below the median of its sweep at this checkpoint; its running step saves first. Returns why, or null. */
export async function stopIfBehind(change: Change, runId: string, checkpointStep: number): Promise<string | null> {
  const run = await change.tx.run.findUniqueOrThrow({ where: { id: runId } })
  if (run.earlyStop === null || run.state !== 'running') return null
  const { measure, fromStep, minRuns } = EarlyStop.parse(run.earlyStop)
  if (checkpointStep < Math.max(1, fromStep)) return null
  const rows = await change.tx.evaluation.findMany({
    where: { run: { pipelineId: run.pipelineId }, split: 'dev', checkpointStep: { gt: 0, lte: checkpointStep } },
    select: { runId: true, checkpointStep: true, measures: true },
  })
  const best = new Map<string, number>()
  const reached = new Set(rows.filter((row) => row.checkpointStep === checkpointStep).map((row) => row.runId))
  for (const row of rows) {
    const value = (MeasureValues.parse(row.measures) as Record<string, number | undefined>)[measure]
    if (value !== undefined) best.set(row.runId, Math.max(best.get(row.runId) ?? -Infinity, value))
  }
  const own = best.get(runId)
  if (own === undefined) return null
  const others = [...best].filter(([id]) => id !== runId && reached.has(id)).map(([, value]) => value)
  const { behind, median } = isBehind(own, others, { minRuns })
  if (!behind) return null
  const reason = `Stopped early: ${measure} ${own.toFixed(4)} at step ${checkpointStep} is below ${median.toFixed(4)}, the median of ${others.length} other runs of its sweep`
  await change.tx.run.update({ where: { id: runId }, data: { state: 'cancelling', cancelRequestedAt: new Date(), stopReason: reason } })
  change.emit({ runId, datasetId: null, body: { type: 'run-state', state: 'cancelling', reason } })
  change.notify('drhard_cancel', runId)
  return reason
}
