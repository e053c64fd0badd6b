// Who did what: written in the transaction that does it, never changed. Called by everything in server/db that a person can ask for.
import type { AuditPage } from '@/contract/access'
import type { Tx } from './client'
import type { Prisma } from './generated/client'

/** Who asks for a change. */
export interface Actor {
  name: string
  /** Where the request came from; null on the command line. */
  address: string | null
}

/** The command line, and tests. */
export const CONSOLE: Actor = { name: 'console', address: null }

export type AuditAction =
  | `run.${'launch' | 'cancel' | 'retry' | 'delete' | 'priority' | 'archive' | 'unarchive' | 'tag' | 'untag' | 'notes'}`
  | `${'dataset' | 'model'}.${'create' | 'delete'}`
  | 'model.export'
  | `report.${'create' | 'change' | 'delete'}`
  | `queue.${'pause' | 'resume'}`
  | `session.${'login' | 'refused' | 'logout'}`
  | `account.${'create' | 'change' | 'delete'}`
  | `token.${'create' | 'revoke'}`
  | `webhook.${'create' | 'delete'}`
  | 'judgement.change'
  | 'settings.change'
  | 'artifacts.gc'

export async function recordAudit(tx: Tx, { name: actor, address }: Actor, action: AuditAction, target: string | null, detail?: Prisma.InputJsonObject): Promise<void> {
  await tx.auditEntry.create({ data: { actor, address, action, target, detail } })
}

/** A page of the audit log, newest first. */
export async function readAudit(tx: Tx, { before, limit }: { before?: bigint; limit: number }): Promise<AuditPage> {
  const rows = await tx.auditEntry.findMany({ where: before === undefined ? {} : { id: { lt: before } }, orderBy: { id: 'desc' }, take: limit + 1 })
  const page = rows.slice(0, limit)
  return {
    entries: page.map(({ id, at, actor, address, action, target, detail }) => ({ id: String(id), at: at.toISOString(), actor, address, action, target, detail: detail as Record<string, unknown> | null })),
    before: rows.length > limit ? String(page.at(-1)!.id) : null,
  }
}
