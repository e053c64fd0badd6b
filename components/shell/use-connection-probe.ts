// Asks whether the server is there while no view follows a stream, so that every page says when it is not; and reads everything again when a
// lost connection is back. Called once, by the shell.
'use client'
import { useQueryClient } from '@tanstack/react-query'
import { useEffect } from 'react'
import { hasOtherStreams, reportStream, useConnection } from '@/components/connection'

const ASK_MS = 5000
/** While it does not answer: soon again. */
const AGAIN_MS = 1500
/** A server that takes longer is as good as gone. */
const PATIENCE_MS = 8000

export function useConnectionProbe(): void {
  const client = useQueryClient()
  const { state } = useConnection()
  useEffect(() => {
    const probe = Symbol('probe')
    let timer: ReturnType<typeof setTimeout>
    const ask = async () => {
      clearTimeout(timer)
      let live = true
      if (!hasOtherStreams(probe) && document.visibilityState === 'visible') live = navigator.onLine && (await fetch('/api/health', { signal: AbortSignal.timeout(PATIENCE_MS) }).then(() => true, () => false))
      // A view with a stream may have been opened meanwhile.
      reportStream(probe, hasOtherStreams(probe) ? null : live ? 'live' : 'lost')
      timer = setTimeout(() => void ask(), live ? ASK_MS : AGAIN_MS)
    }
    const now = () => void ask()
    void ask()
    for (const event of ['online', 'offline']) window.addEventListener(event, now)
    document.addEventListener('visibilitychange', now)
    return () => {
      clearTimeout(timer)
      reportStream(probe, null)
      for (const event of ['online', 'offline']) window.removeEventListener(event, now)
      document.removeEventListener('visibilitychange', now)
    }
  }, [])
  // What a view read before the connection was lost may be old: it catches up by itself.
  useEffect(() => {
    if (state !== 'lost') return
    return () => void client.invalidateQueries()
  }, [state, client])
}
