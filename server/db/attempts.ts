// The attempts at a run's steps, from the events that their claims and ends left. Called by app/api.
import type { StepAttempt } from '@/contract/attempt'
import { RunEventBody } from '@/contract/event'
import type { Tx } from './client'

/** In order of their starts. */
export async function readAttempts(tx: Tx, runId: string): Promise<StepAttempt[]> {
  const rows = await tx.runEvent.findMany({ where: { runId, type: 'step-state' }, orderBy: { id: 'asc' }, select: { body: true, at: true } })
  const attempts: StepAttempt[] = []
  for (const { body, at } of rows) {
    const event = RunEventBody.parse(body)
    if (event.type !== 'step-state' || event.reused) continue
    const { stepId, attempt, state, reason } = event
    const open = attempts.find((each) => each.stepId === stepId && each.endedAt === null)
    if (state === 'running') attempts.push({ stepId, attempt, startedAt: at.toISOString(), endedAt: null, state, reason: null })
    else if (open) Object.assign(open, { endedAt: at.toISOString(), state, reason })
  }
  return attempts
}
