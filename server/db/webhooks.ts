// Webhooks: calls to addresses of the user's when runs end. A delivery is written in the transaction that ends the run, and sent by a
// worker (jobs/webhooks.ts). Called by server/db/advance.ts, app/api/webhooks and jobs.
import type { CreatedWebhook, NewWebhook, WebhookBody, WebhookSummary } from '@/contract/access'
import { AppError } from '@/contract/errors'
import { newSecret } from '@/server/access/password'
import { recordAudit, type Actor } from './audit'
import type { Database, Tx } from './client'
import { newId } from './ids'

/** A delivery that fails this often, over about a day, is given up. */
const MAX_TRIES = 12

/** Writes what is to be told of an ended run: one delivery a webhook. */
export async function tellWebhooks(tx: Tx, runId: string): Promise<void> {
  const run = await tx.run.findUniqueOrThrow({ where: { id: runId } })
  const hooks = await tx.webhook.findMany({ where: { states: { has: run.state } } })
  if (!hooks.length) return
  const body = { type: 'run', runId, name: run.name, state: run.state as WebhookBody['state'], reason: run.reason, at: (run.finishedAt ?? new Date()).toISOString() } satisfies WebhookBody
  await tx.webhookDelivery.createMany({ data: hooks.map((hook) => ({ id: newId(), webhookId: hook.id, body })) })
}

export async function createWebhook(db: Database, { url, states }: NewWebhook, by: Actor): Promise<CreatedWebhook> {
  const id = newId()
  const secret = newSecret('whs_')
  await db.$transaction(async (tx) => {
    await tx.webhook.create({ data: { id, url, states, secret, createdBy: by.name } })
    await recordAudit(tx, by, 'webhook.create', id, { url, states })
  })
  return { ...(await listWebhooks(db)).find((hook) => hook.id === id)!, secret }
}

export async function listWebhooks(tx: Tx): Promise<WebhookSummary[]> {
  const hooks = await tx.webhook.findMany({ orderBy: { createdAt: 'desc' } })
  const counts = await tx.$queryRaw<{ webhook_id: string; delivered: number; waiting: number; last_error: string | null }[]>`
    SELECT webhook_id, count(delivered_at)::int AS delivered, count(*) FILTER (WHERE delivered_at IS NULL)::int AS waiting,
      (array_agg(last_error ORDER BY created_at DESC) FILTER (WHERE delivered_at IS NULL))[1] AS last_error
    FROM webhook_delivery GROUP BY webhook_id`
  return hooks.map(({ id, url, states, createdBy, createdAt }) => {
    const count = counts.find((row) => row.webhook_id === id)
    return { id, url, states: states as WebhookSummary['states'], createdBy, createdAt: createdAt.toISOString(), delivered: count?.delivered ?? 0, waiting: count?.waiting ?? 0, lastError: count?.last_error ?? null }
  })
}

export async function deleteWebhook(db: Database, id: string, by: Actor): Promise<void> {
  await db.$transaction(async (tx) => {
    const { count } = await tx.webhook.deleteMany({ where: { id } })
    if (!count) throw new AppError('not-found', `There is no webhook ${id}`)
    await recordAudit(tx, by, 'webhook.delete', id)
  })
}

export interface DueDelivery {
  id: string
  url: string
  secret: string
  body: WebhookBody
}

/** Takes deliveries that are due. Each is put off before it is sent, so that no two workers send it and one that dies loses none. */
export async function takeDeliveries(tx: Tx, limit: number): Promise<DueDelivery[]> {
  return tx.$queryRaw`
    UPDATE webhook_delivery d SET tries = tries + 1, next_at = now() + make_interval(secs => least(10 * power(2, tries), 21600))
    FROM webhook w WHERE w.id = d.webhook_id AND d.id IN (
      SELECT id FROM webhook_delivery WHERE delivered_at IS NULL AND next_at <= now() AND tries < ${MAX_TRIES} ORDER BY next_at LIMIT ${limit} FOR UPDATE SKIP LOCKED)
    RETURNING d.id, w.url, w.secret, d.body`
}

export async function endDelivery(tx: Tx, id: string, error: string | null): Promise<void> {
  await tx.webhookDelivery.updateMany({ where: { id }, data: error === null ? { deliveredAt: new Date(), lastError: null } : { lastError: error.slice(0, 500) } })
}
