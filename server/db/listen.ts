// One Postgres connection per process that hears notifications (new events, steps to run, runs to cancel) and hands them to
// whoever subscribed. Called by the SSE routes of app/api and by jobs/server.ts.
import pg from 'pg'
import type { Channel } from './change'

type Listener = (payload: string) => void

interface Ear {
  url: string
  client: pg.Client | null
  listeners: Map<Channel, Set<Listener>>
  retry: NodeJS.Timeout | null
}

const holder = globalThis as typeof globalThis & { drhardEar?: Ear }
const CHANNELS: Channel[] = ['drhard_events', 'drhard_queue', 'drhard_cancel']

/**
 * Calls `listener` on each notification, and once with '' after the connection was lost and is back, since notifications in
 * between are gone: a listener must read the tables from its own cursor. Returns the way to unsubscribe.
 */
export function listen(url: string, channel: Channel, listener: Listener): () => void {
  const current = holder.drhardEar
  if (!current || current.url !== url) {
    if (current) close(current)
    holder.drhardEar = { url, client: null, listeners: new Map(CHANNELS.map((c) => [c, new Set()])), retry: null }
    void connect(holder.drhardEar)
  }
  const listeners = holder.drhardEar!.listeners.get(channel)!
  listeners.add(listener)
  return () => listeners.delete(listener)
}

/** Closes the process's connection; subscribers hear nothing more. */
export function stopListening(): void {
  if (holder.drhardEar) close(holder.drhardEar)
  holder.drhardEar = undefined
}

async function connect(ear: Ear): Promise<void> {
  const client = new pg.Client({ connectionString: ear.url, keepAlive: true, application_name: 'drhard-listen' })
  ear.client = client
  client.on('notification', ({ channel, payload }) => tell(ear, channel as Channel, payload ?? ''))
  client.once('error', () => void client.end().catch(() => undefined))
  client.once('end', () => again(ear))
  try {
    await client.connect()
    for (const channel of CHANNELS) await client.query(`LISTEN ${channel}`)
    for (const channel of CHANNELS) tell(ear, channel, '')
  } catch {
    await client.end().catch(() => undefined)
    again(ear)
  }
}

function tell(ear: Ear, channel: Channel, payload: string): void {
  for (const listener of ear.listeners.get(channel) ?? []) listener(payload)
}

function again(ear: Ear): void {
  if (holder.drhardEar !== ear || ear.retry) return
  ear.retry = setTimeout(() => {
    ear.retry = null
    void connect(ear)
  }, 500)
}

function close(ear: Ear): void {
  ear.listeners.clear()
  if (ear.retry) clearTimeout(ear.retry)
  holder.drhardEar = undefined
  void ear.client?.end().catch(() => undefined)
}
