// What a launch will take, step by step, before it is launched: shown in the form, and refused with the number that does not fit.
import { z } from 'zod'
import { StepKind } from './run'

export const PlannedStep = z.object({
  label: z.string(),
  kind: StepKind,
  /** The artifact is there, or an earlier run of this launch makes it. */
  reused: z.boolean(),
  /** Null until a step of this kind has run here. */
  seconds: z.number().nullable(),
  memoryBytes: z.number(),
  diskBytes: z.number(),
  /** True where steps of this kind that ran here have corrected the estimate. */
  measured: z.boolean(),
})
export type PlannedStep = z.infer<typeof PlannedStep>

export const LaunchPlan = z.object({
  runs: z.array(z.object({ name: z.string(), steps: z.array(PlannedStep) })),
  /** Of all new steps, one after another; null where one is unknown. */
  seconds: z.number().nullable(),
  /** Of the largest new step. */
  memoryBytes: z.number(),
  /** Of all new artifacts. */
  diskBytes: z.number(),
  /** What is there: memory of the largest worker (null: none is there to ask), room for artifacts (null: not known). */
  available: z.object({ memoryBytes: z.number().nullable(), diskBytes: z.number().nullable() }),
  /** Why it cannot be launched, with the numbers; empty where it fits. */
  refusals: z.array(z.string()),
})
export type LaunchPlan = z.infer<typeof LaunchPlan>
