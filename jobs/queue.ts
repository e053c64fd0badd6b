// Gives a worker its next step: delivered by pg-boss, owned by a conditional update. Called by jobs/server.ts.
import type { Capabilities } from '@/contract/needs'
import type { Database } from '@/server/db/client'
import { listen } from '@/server/db/listen'
import { takeStep } from '@/server/db/queue'
import { claimStep, type ClaimedStep } from '@/server/db/steps'

/** A notification that got lost costs at most this. */
const POLL_MS = 1000

export interface StepSourceOptions {
  db: Database
  url: string
  workerId: string
  /** What this worker has: only steps that need no more are taken. */
  capabilities: Capabilities
  leaseMs: number
  /** Called when Postgres does not answer; the source goes on trying. */
  onError: (error: unknown) => void
}

/** Steps for a worker, one at a time. */
export interface StepSource {
  /** The next step, claimed; waits until there is one. Null once closed. */
  next(): Promise<ClaimedStep | null>
  close(): void
}

export function openStepSource({ db, url, workerId, capabilities, leaseMs, onError }: StepSourceOptions): StepSource {
  let closed = false
  let wake = () => {}
  const unlisten = listen(url, 'drhard_queue', () => wake())

  const claimNext = async (): Promise<ClaimedStep | null> => {
    for (;;) {
      const stepId = await takeStep(db, capabilities)
      if (!stepId) return null
      const step = await claimStep(db, { stepId, workerId, leaseMs, capabilities })
      // Not queued any more, or another worker makes the same artifact now: the sweep sends it again if need be.
      if (step) return step
    }
  }

  return {
    async next() {
      while (!closed) {
        // Made before looking, so that a notification in between is not missed.
        const woken = new Promise<void>((resolve) => (wake = resolve))
        let timer: NodeJS.Timeout | undefined
        try {
          const step = await claimNext()
          if (step) return step
        } catch (error) {
          onError(error)
        }
        await Promise.race([woken, new Promise((resolve) => (timer = setTimeout(resolve, POLL_MS)))])
        clearTimeout(timer)
      }
      return null
    },
    close() {
      closed = true
      unlisten()
      wake()
    },
  }
}
