// Whether the streams behind the open views (or, where a view has none, the shell's probe) are live, and since when not. The shell shows it; views grey
// what may be old.
'use client'
import { useSyncExternalStore } from 'react'
import type { StreamState } from './event-stream'

export interface Connection {
  state: StreamState
  /** When the connection was lost; null while it is not. */
  lostAt: number | null
}

const streams = new Map<symbol, StreamState>()
const listeners = new Set<() => void>()
let connection: Connection = { state: 'live', lostAt: null }

function settle(): void {
  const states = [...streams.values()]
  const state: StreamState = states.includes('lost') ? 'lost' : states.includes('connecting') ? 'connecting' : 'live'
  if (state === connection.state) return
  connection = { state, lostAt: state === 'lost' ? Date.now() : null }
  for (const listener of listeners) listener()
}

/** Records one stream's state; null when its view is closed. */
export function reportStream(stream: symbol, state: StreamState | null): void {
  if (state === null) streams.delete(stream)
  else streams.set(stream, state)
  settle()
}

/** True while an open view follows a stream other than this one: a stream tells more and sooner than asking does. */
export const hasOtherStreams = (own: symbol) => [...streams.keys()].some((stream) => stream !== own)

const subscribe = (listener: () => void) => {
  listeners.add(listener)
  return () => listeners.delete(listener)
}
const always: Connection = { state: 'live', lostAt: null }

export const useConnection = () => useSyncExternalStore(subscribe, () => connection, () => always)
