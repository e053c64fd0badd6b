// Follows one server-sent event stream for as long as a view is open: resumes from its cursor, backs off, notices a dead connection.
// Called by use-run-events.ts. It reports whether the stream is live, so that no view shows an old number as a current one.
import { RunEvent } from '@/contract/event'

export type StreamState = 'connecting' | 'live' | 'lost'

interface FollowOptions {
  /** Address of the stream that goes on after this cursor; null: from now on. */
  url: (after: string | null) => string
  after: string | null
  onEvent: (event: RunEvent) => void
  onState: (state: StreamState) => void
  signal: AbortSignal
}

/** The server sends a `ping` about every 10 s; with three missed, the connection is dead even if no error was raised (sleep, NAT). */
const SILENCE_MS = 35_000
/** A tab that nobody sees gives its connection back: a browser allows six to one server, and the seventh tab would hang. */
const HIDDEN_MS = 30_000
const RETRY_MS = [300, 1000, 2000, 4000, 8000]

/** Follows until the signal aborts. */
export function followEvents({ url, after, onEvent, onState, signal }: FollowOptions): void {
  let cursor = after
  let source: EventSource | null = null
  let failures = 0
  let heardAt = 0
  let timer: ReturnType<typeof setTimeout> | undefined
  let hiding: ReturnType<typeof setTimeout> | undefined

  const connect = () => {
    clearTimeout(timer)
    source?.close()
    const current = new EventSource(url(cursor))
    source = current
    heardAt = Date.now()
    current.onopen = () => {
      failures = 0
      heardAt = Date.now()
      onState('live')
    }
    current.onmessage = (message: MessageEvent<string>) => {
      heardAt = Date.now()
      if (message.lastEventId) cursor = message.lastEventId
      onEvent(RunEvent.parse(JSON.parse(message.data)))
    }
    // The first ping carries the cursor at which the stream began, so that even a quiet stream resumes without a gap.
    current.addEventListener('ping', (message: MessageEvent<string>) => {
      heardAt = Date.now()
      if (message.lastEventId) cursor = message.lastEventId
    })
    current.onerror = () => retry(RETRY_MS[Math.min(failures, RETRY_MS.length - 1)])
  }
  const retry = (delay: number) => {
    source?.close()
    source = null
    failures += 1
    onState('lost')
    clearTimeout(timer)
    timer = setTimeout(connect, delay)
  }
  const retryNow = () => {
    if (source === null || Date.now() - heardAt > SILENCE_MS) connect()
  }
  const watch = setInterval(() => {
    if (source !== null && Date.now() - heardAt > SILENCE_MS) retry(0)
  }, 5000)
  const rest = () => {
    clearTimeout(timer)
    source?.close()
    source = null
    onState('connecting')
  }
  const onVisible = () => {
    clearTimeout(hiding)
    if (document.visibilityState === 'visible') retryNow()
    else hiding = setTimeout(rest, HIDDEN_MS)
  }
  const onOffline = () => source !== null && retry(RETRY_MS[0])

  document.addEventListener('visibilitychange', onVisible)
  window.addEventListener('online', retryNow)
  window.addEventListener('offline', onOffline)
  signal.addEventListener('abort', () => {
    document.removeEventListener('visibilitychange', onVisible)
    window.removeEventListener('online', retryNow)
    window.removeEventListener('offline', onOffline)
    clearInterval(watch)
    clearTimeout(timer)
    clearTimeout(hiding)
    source?.close()
  })
  onState('connecting')
  connect()
}
