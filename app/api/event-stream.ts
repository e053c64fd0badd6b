// Server-sent events of stored events by cursor. Called by the events routes of a run and of all runs.
import type { RunEvent, RunEventBody } from '@/contract/event'
import { database } from '@/server/db/client'
import { lastCursor, readEvents } from '@/server/db/events'
import { listen } from '@/server/db/listen'
import { databaseUrl } from '@/server/db/location'
import { cursor, parse } from './answer'
import { z } from 'zod'

const BATCH = 500
const PING_MS = 10_000
/** A notification that got lost costs at most this. */
const POLL_MS = 5_000

const Query = z.object({ after: cursor.optional() })

interface Stream {
  runId?: string
  types?: RunEventBody['type'][]
}

/**
 * Streams events after Last-Event-ID, or after the parameter `after`, or from now on. Each is one message with its cursor as id; a
 * `ping` event every 10 s tells a reader that the connection lives.
 */
export async function streamEvents(request: Request, { runId, types }: Stream): Promise<Response> {
  const params = Object.fromEntries(new URL(request.url).searchParams)
  const resumed = request.headers.get('last-event-id')
  const { after } = parse({ ...params, ...(resumed && { after: resumed }) }, Query)
  const db = database()
  let position = after ?? (await lastCursor(db))

  const encoder = new TextEncoder()
  let stop = () => {}
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      let open = true
      let reading = false
      let again = false
      const send = (text: string) => open && controller.enqueue(encoder.encode(text))
      const readNew = async () => {
        again = true
        if (reading) return
        reading = true
        try {
          while (again && open) {
            again = false
            for (;;) {
              const events = await readEvents(db, { runId, types, after: position, limit: BATCH })
              for (const event of events) send(message(event))
              if (events.length) position = BigInt(events[events.length - 1].id)
              if (events.length < BATCH || !open) break
            }
          }
        } catch (error) {
          console.error('event stream:', error)
          stop()
        } finally {
          reading = false
        }
      }
      const unlisten = listen(databaseUrl(), 'drhard_events', () => void readNew())
      const ping = setInterval(() => send('event: ping\ndata: {}\n\n'), PING_MS)
      const poll = setInterval(() => void readNew(), POLL_MS)
      stop = () => {
        if (!open) return
        open = false
        unlisten()
        clearInterval(ping)
        clearInterval(poll)
        try {
          controller.close()
        } catch {
          // the reader has gone away and closed it
        }
      }
      request.signal.addEventListener('abort', () => stop())
      send(`retry: 1000\nid: ${position}\nevent: ping\ndata: {}\n\n`)
      void readNew()
    },
    cancel: () => stop(),
  })
  return new Response(body, { headers: { 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-cache, no-transform', 'x-accel-buffering': 'no', connection: 'keep-alive' } })
}

function message(event: RunEvent): string {
  return `id: ${event.id}\ndata: ${JSON.stringify(event)}\n\n`
}
