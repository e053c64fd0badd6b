// Frames every state change: one transaction that ends with what it tells. Called by everything in server/db that writes.
import type { Database, Tx } from './client'
import { appendEvents, type NewEvent } from './events'
import { queueOf, sendSteps } from './queue'

/** One state change: what it reads and writes, and what it tells once it is committed. */
export interface Change {
  tx: Tx
  /** Adds an event; all are written at the end of the transaction. */
  emit(event: NewEvent): void
  /** Hands steps to the queue when the transaction commits. */
  enqueue(stepIds: string[]): void
  /** Sends a Postgres notification when the transaction commits. */
  notify(channel: Channel, payload: string): void
}

/** What processes tell each other: new events, a step to run, a run to cancel. */
export type Channel = 'drhard_events' | 'drhard_queue' | 'drhard_cancel'

/** Serialises launches, claims and everything that a finished step sets off. See `changePlan`. */
const PLAN_LOCK = 7_301_001

/**
 * Runs a change of runs and steps in one transaction, one at a time over all processes. Without the lock, a launch that does
 * not see an artifact and the publication that does not see the launched step could pass each other, and the step would wait
 * for ever. Changes are a few a second, so nobody waits long.
 */
export function changePlan<T>(db: Database, work: (change: Change) => Promise<T>): Promise<T> {
  return change(db, async (c) => {
    await c.tx.$executeRaw`SELECT pg_advisory_xact_lock(${PLAN_LOCK}::bigint)`
    return work(c)
  })
}

/** Runs a change in one transaction; its events are inserted last, because their lock is held until commit. */
export function change<T>(db: Database, work: (change: Change) => Promise<T>): Promise<T> {
  return db.$transaction(async (tx) => {
    const events: NewEvent[] = []
    const steps: string[] = []
    const notes: { channel: Channel; payload: string }[] = []
    const result = await work({
      tx,
      emit: (event) => events.push(event),
      enqueue: (ids) => steps.push(...ids),
      notify: (channel, payload) => notes.push({ channel, payload }),
    })
    if (steps.length) {
      await sendSteps(await queueOf(db), tx, steps)
      notes.push({ channel: 'drhard_queue', payload: '' })
    }
    if (events.length) {
      await appendEvents(tx, events)
      notes.push({ channel: 'drhard_events', payload: '' })
    }
    for (const { channel, payload } of notes) await tx.$executeRaw`SELECT pg_notify(${channel}, ${payload})`
    return result
  })
}
