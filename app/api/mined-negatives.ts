// The negatives that a run trains on, opened: the ranking that it mined them from, or those that it took over from a DRhard data folder. Called
// by the negatives routes.
import path from 'node:path'
import { AppError } from '@/contract/errors'
import type { StepInputs, StepParams } from '@/contract/step'
import type { Step } from '@/server/db/generated/client'
import { database } from '@/server/db/client'
import { localArtifact } from '@/server/db/local-artifact'
import type { MinedFrom } from '@/server/eval/suspects'
import { openNegatives } from '@/server/ranking/negatives'
import { openRanking } from '@/server/ranking/ranking'

/** The step that gave a run its static negatives; null where its plan has none. */
export async function negativesStep(runId: string): Promise<Step | null> {
  const steps = await database().step.findMany({ where: { runId, kind: { in: ['mine', 'take'] } } })
  return steps.find((step) => step.kind === 'mine' || takenFrom(step) !== null) ?? null
}

/** The folder that a step's negatives were taken over from; null where it mined them, or took over something else. */
export function takenFrom({ kind, params }: Step): string | null {
  if (kind !== 'take') return null
  const { what, name } = params as unknown as StepParams['take']
  return what === 'negatives' ? name : null
}

/** `trainRows`: of the run's data set. Throws AppError conflict while the step has not ended. */
export async function openMined(step: Step, trainRows: Int32Array): Promise<MinedFrom & { close(): void }> {
  if (step.state !== 'succeeded') throw new AppError('conflict', `The run has not got its negatives yet; wait for the step “${step.label}”`)
  if (step.kind === 'take') return openNegatives(path.join(await localArtifact(step.key), 'negatives'), trainRows)
  return openRanking(path.join(await localArtifact((step.inputs as unknown as StepInputs['mine']).ranking), 'ranking.bin'))
}
