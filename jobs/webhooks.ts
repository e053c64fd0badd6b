// Sends webhook calls that are due, signed. Called by jobs/server.ts now and then.
import { createHmac } from 'node:crypto'
import type { Database } from '@/server/db/client'
import { endDelivery, takeDeliveries, type DueDelivery } from '@/server/db/webhooks'

const TIMEOUT_MS = 10_000
const BATCH = 20

export async function sendWebhooks(db: Database): Promise<void> {
  const due = await takeDeliveries(db, BATCH)
  await Promise.all(due.map(async (delivery) => endDelivery(db, delivery.id, await send(delivery))))
}

/** Null where the other side has taken it, else why not. */
async function send({ id, url, secret, body }: DueDelivery): Promise<string | null> {
  const text = JSON.stringify(body)
  const signature = `sha256=${createHmac('sha256', secret).update(text).digest('hex')}`
  try {
    const response = await fetch(url, {
      method: 'POST',
      body: text,
      redirect: 'error',
      signal: AbortSignal.timeout(TIMEOUT_MS),
      headers: { 'content-type': 'application/json', 'user-agent': 'DRhard-Studio', 'x-drhard-delivery': id, 'x-drhard-signature': signature },
    })
    await response.body?.cancel()
    return response.ok ? null : `${url} answered ${response.status}`
  } catch (error) {
    const cause = (error as Error).cause as Error | undefined
    return `${url}: ${cause?.message ?? (error as Error).message}`
  }
}
