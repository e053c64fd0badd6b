// What the installation is set to, in the database because every process must agree. Called by server/db, app/api and jobs.
import { z } from 'zod'
import { Retention, type SettingsChange } from '@/contract/settings'
import { Priority } from '@/contract/run'
import { QueuePause } from '@/contract/worker'
import { recordAudit, type Actor } from './audit'
import type { Database, Tx } from './client'

/** Why the queue gives out no steps, or null where it does. */
export async function readPause(tx: Tx): Promise<QueuePause | null> {
  const row = await tx.setting.findUnique({ where: { name: 'queue-pause' } })
  return row && { by: row.changedBy, at: row.changedAt.toISOString(), reason: z.object({ reason: z.string() }).parse(row.value).reason }
}

/** Stops the queue from giving out steps; those that run go on. */
export async function pauseQueue(db: Database, reason: string, by: Actor): Promise<void> {
  const change = { value: { reason }, changedBy: by.name, changedAt: new Date() }
  await db.$transaction(async (tx) => {
    await tx.setting.upsert({ where: { name: 'queue-pause' }, create: { name: 'queue-pause', ...change }, update: change })
    await recordAudit(tx, by, 'queue.pause', null, { reason })
  })
}

/** Lets the queue give out steps again, at once. */
export async function resumeQueue(db: Database, by: Actor): Promise<void> {
  await db.$transaction(async (tx) => {
    const { count } = await tx.setting.deleteMany({ where: { name: 'queue-pause' } })
    if (count) await recordAudit(tx, by, 'queue.resume', null)
    await tx.$executeRaw`SELECT pg_notify('drhard_queue', '')`
  })
}

/** What people set on the settings page; defaults where nobody did. */
export async function readChosenSettings(tx: Tx): Promise<Required<SettingsChange>> {
  const rows = await tx.setting.findMany({ where: { name: { in: ['retention', 'default-priority'] } } })
  const value = (name: string) => rows.find((row) => row.name === name)?.value
  return { retention: Retention.parse(value('retention') ?? {}), defaultPriority: Priority.parse(value('default-priority') ?? 0) }
}

/** Changes what is given. */
export async function changeSettings(db: Database, { retention, defaultPriority }: SettingsChange, by: Actor): Promise<void> {
  await db.$transaction(async (tx) => {
    for (const [name, value] of [['retention', retention], ['default-priority', defaultPriority]] as const) {
      if (value === undefined) continue
      const change = { value, changedBy: by.name, changedAt: new Date() }
      await tx.setting.upsert({ where: { name }, create: { name, ...change }, update: change })
    }
    await recordAudit(tx, by, 'settings.change', null, { ...(retention && { retention }), ...(defaultPriority !== undefined && { defaultPriority }) })
  })
}
