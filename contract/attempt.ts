// Every try at the steps of a run, also those that were lost and begun again. Told by events, drawn on the run's timeline.
import { z } from 'zod'
import { StepState } from './run'

export const StepAttempt = z.object({
  stepId: z.string(),
  attempt: z.number().int(),
  startedAt: z.iso.datetime(),
  endedAt: z.iso.datetime().nullable(),
  /** What became of it: `running`, an end, or `queued` and `waiting` where it was given back. */
  state: StepState,
  reason: z.string().nullable(),
})
export type StepAttempt = z.infer<typeof StepAttempt>
