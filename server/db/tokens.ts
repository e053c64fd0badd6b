// API tokens: made, checked, revoked. Only their hashes are stored. Called by proxy.ts and app/api/tokens.
import { Scope, type CreatedToken, type NewToken, type TokenSummary } from '@/contract/access'
import { AppError } from '@/contract/errors'
import { hashSecret, newSecret } from '@/server/access/password'
import { recordAudit, type Actor } from './audit'
import type { Database, Tx } from './client'
import { newId } from './ids'

const PREFIX = 'drh_'

export async function createToken(db: Database, { name, scopes, days }: NewToken, by: Actor): Promise<CreatedToken> {
  const token = newSecret(PREFIX)
  const id = newId()
  const expiresAt = days === undefined ? null : new Date(Date.now() + days * 86_400_000)
  const row = await db.$transaction(async (tx) => {
    await recordAudit(tx, by, 'token.create', id, { name, scopes })
    return tx.apiToken.create({ data: { id, name, scopes, tokenHash: hashSecret(token), createdBy: by.name, expiresAt } })
  })
  return { ...summarise(row), token }
}

/** What the holder of a token may do; null where it is unknown, revoked or has ended. */
export async function findToken(tx: Tx, token: string): Promise<{ name: string; scopes: Scope[] } | null> {
  if (!token.startsWith(PREFIX)) return null
  const row = await tx.apiToken.findUnique({ where: { tokenHash: hashSecret(token) } })
  if (!row || (row.expiresAt && row.expiresAt.getTime() < Date.now())) return null
  // once a minute is exact enough, and spares a write per request
  await tx.$executeRaw`UPDATE api_token SET used_at = now() WHERE id = ${row.id} AND (used_at IS NULL OR used_at < now() - interval '1 minute')`
  return { name: `token ${row.name}`, scopes: row.scopes.map((scope) => Scope.parse(scope)) }
}

export async function listTokens(tx: Tx): Promise<TokenSummary[]> {
  return (await tx.apiToken.findMany({ orderBy: { createdAt: 'desc' } })).map(summarise)
}

export async function revokeToken(db: Database, id: string, by: Actor): Promise<void> {
  await db.$transaction(async (tx) => {
    const row = await tx.apiToken.findUnique({ where: { id } })
    if (!row) throw new AppError('not-found', `There is no token ${id}; it may have been revoked`)
    await tx.apiToken.delete({ where: { id } })
    await recordAudit(tx, by, 'token.revoke', id, { name: row.name })
  })
}

function summarise(row: { id: string; name: string; scopes: string[]; createdBy: string; createdAt: Date; expiresAt: Date | null; usedAt: Date | null }): TokenSummary {
  return {
    id: row.id,
    name: row.name,
    scopes: row.scopes.map((scope) => Scope.parse(scope)),
    createdBy: row.createdBy,
    createdAt: row.createdAt.toISOString(),
    expiresAt: row.expiresAt?.toISOString() ?? null,
    usedAt: row.usedAt?.toISOString() ?? null,
  }
}
