// What a step takes from its machine while it runs. Sampled by jobs/step-run.ts, drawn on the run's page, learned from by the planner.
import { z } from 'zod'

/** One look at a step's process. */
export const ResourceSample = z.object({
  /** Milliseconds since the epoch. */
  at: z.number(),
  /** Cores in use since the sample before: 2 is two full cores. */
  cores: z.number(),
  memoryBytes: z.number(),
  /** Of the step's device, where it has one: share in use and memory. */
  deviceShare: z.number().nullable(),
  deviceBytes: z.number().nullable(),
})
export type ResourceSample = z.infer<typeof ResourceSample>

/** Samples of a run's steps, in order of time. */
export const RunResources = z.array(z.object({ stepId: z.string(), attempt: z.number().int(), samples: z.array(ResourceSample) }))
export type RunResources = z.infer<typeof RunResources>
