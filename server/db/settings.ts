// What the installation is set to, in the database because every process must agree. Called by server/db, app/api and jobs.
import { z } from 'zod'
import { QueuePause } from '@/contract/worker'
import type { Tx } from './client'

/** Why the queue gives out no steps, or null where it does. */
export async function readPause(tx: Tx): Promise<QueuePause | null> {
  const row = await tx.setting.findUnique({ where: { name: 'queue-pause' } })
  return row && { by: row.changedBy, at: row.changedAt.toISOString(), reason: z.object({ reason: z.string() }).parse(row.value).reason }
}

/** Stops the queue from giving out steps; those that run go on. */
export async function pauseQueue(tx: Tx, { by, reason }: { by: string | null; reason: string }): Promise<void> {
  await tx.setting.upsert({ where: { name: 'queue-pause' }, create: { name: 'queue-pause', value: { reason }, changedBy: by }, update: { value: { reason }, changedBy: by, changedAt: new Date() } })
}

/** Lets the queue give out steps again, at once. */
export async function resumeQueue(tx: Tx): Promise<void> {
  await tx.setting.deleteMany({ where: { name: 'queue-pause' } })
  await tx.$executeRaw`SELECT pg_notify('drhard_queue', '')`
}
