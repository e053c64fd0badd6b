// Job server processes as the workers page shows them.
import { z } from 'zod'

export const WorkerSummary = z.object({
  id: z.string(),
  host: z.string(),
  pid: z.number().int(),
  cores: z.number().int(),
  memoryBytes: z.number(),
  version: z.string(),
  /** cpu, and what else is there. */
  devices: z.array(z.string()),
  /** Steps at the same time. */
  slots: z.number().int(),
  /** Where its artifacts go. */
  store: z.string(),
  /** `draining`: takes no more steps, those that run save. `lost`: not heard of for 10 s; its steps go to another. */
  state: z.enum(['idle', 'busy', 'draining', 'lost', 'stopped']),
  currentStep: z.object({ stepId: z.string(), runId: z.string().nullable(), label: z.string() }).nullable(),
  startedAt: z.iso.datetime(),
  heartbeatAt: z.iso.datetime(),
})
export type WorkerSummary = z.infer<typeof WorkerSummary>

/** Answer of GET /api/health. */
export const Health = z.object({ ok: z.boolean(), database: z.boolean(), liveWorkers: z.number().int(), version: z.string() })
export type Health = z.infer<typeof Health>

/** Who stopped the queue from giving out steps, and why. */
export const QueuePause = z.object({ by: z.string().nullable(), at: z.iso.datetime(), reason: z.string() })
export type QueuePause = z.infer<typeof QueuePause>

/** Answer of GET /api/queue. */
export const QueueStatus = z.object({ pause: QueuePause.nullable(), queued: z.number().int(), running: z.number().int() })
export type QueueStatus = z.infer<typeof QueueStatus>
