// Live data: server-sent events into the query cache, for one run or for all.
// Events that arrive while a read is under way are kept and applied on top of its answer, so neither overwrites the other.
'use client'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { type RefObject, useEffect, useRef, useState } from 'react'
import type { RunEvent } from '@/contract/event'
import type { MetricSeries, RunDetail } from '@/contract/run'
import { api, keys } from './api'
import { applyToMetrics, applyToRun, isAfter } from './apply-run-event'
import { reportStream } from './connection'
import { type StreamState, followEvents } from './event-stream'

/** Events are put into the cache in bursts, so that a fast run does not re-draw the page for every line. */
const BURST_MS = 120
const REREAD_MS = 700
const KEPT_EVENTS = 5000

/** Follows a stream while the view is mounted and tells the shell how it fares. */
function useStream(url: ((after: string | null) => string) | null, after: string | null, handlers: { onEvents: (events: RunEvent[]) => void; onState: (state: StreamState) => void }) {
  const latest = useRef(handlers)
  useEffect(() => {
    latest.current = handlers
  })
  const address = url?.(after) ?? null
  useEffect(() => {
    if (!url) return
    const stream = Symbol('stream')
    const stop = new AbortController()
    let waiting: RunEvent[] = []
    const flush = () => {
      const events = waiting
      waiting = []
      if (events.length > 0) latest.current.onEvents(events)
    }
    followEvents({
      url,
      after,
      signal: stop.signal,
      onEvent: (event) => {
        if (waiting.push(event) === 1) setTimeout(flush, BURST_MS)
      },
      onState: (state) => {
        reportStream(stream, state)
        latest.current.onState(state)
      },
    })
    return () => {
      stop.abort()
      reportStream(stream, null)
    }
    // `address` stands for `url` and `after`: the functions are new in every render.
  }, [address])
}

/** Calls `act` at most once per REREAD_MS, the last call always followed. */
function useThrottled(act: () => void): () => void {
  const timer = useRef<ReturnType<typeof setTimeout> | null>(null)
  useEffect(() => () => clearTimeout(timer.current ?? undefined), [])
  return () => {
    timer.current ??= setTimeout(() => {
      timer.current = null
      act()
    }, REREAD_MS)
  }
}

export interface LiveRun {
  run: RunDetail | undefined
  error: Error | null
  retry: () => void
}

export interface LiveCurves extends LiveRun {
  metrics: MetricSeries | undefined
  metricsError: Error | null
}

/** One run, kept current while the view is open. */
export function useRun(runId: string): LiveRun {
  const events = useRef<RunEvent[]>([])
  const detail = useRunDetail(runId, events)
  useRunStream(runId, detail.data?.cursor ?? null, events)
  const retry = useRetry(runId)
  return { run: detail.data, error: detail.error, retry }
}

/** One run with its curves, kept current while the view is open. `onLog` gets the log lines as they come. */
export function useRunCurves(runId: string, onLog?: (lines: RunEvent[]) => void): LiveCurves {
  const events = useRef<RunEvent[]>([])
  const detail = useRunDetail(runId, events)
  const [cursor, setCursor] = useState<string | null>(null)
  const metrics = useQuery({
    queryKey: keys.metrics(runId),
    queryFn: async ({ signal }) => {
      const answer = await api.liveMetrics(runId, signal)
      setCursor(answer.cursor)
      return applyToMetrics(answer.series, events.current.filter((event) => isAfter(event.id, answer.cursor)))
    },
  })
  // From the older of the two answers on, so that no point lies between it and the stream's start.
  const settled = detail.data !== undefined && !metrics.isPending
  const start = settled ? (cursor !== null && isAfter(detail.data.cursor, cursor) ? cursor : detail.data.cursor) : null
  useRunStream(runId, start, events, onLog)
  const retry = useRetry(runId)
  return { run: detail.data, metrics: metrics.data, error: detail.error, metricsError: metrics.error, retry }
}

type KeptEvents = RefObject<RunEvent[]>

const useRunDetail = (runId: string, events: KeptEvents) => useQuery({ queryKey: keys.run(runId), queryFn: async ({ signal }) => events.current.reduce(applyToRun, await api.run(runId, signal)) })

/** Starts at the first cursor that is given and goes on by its own; later answers do not restart it. */
function useRunStream(runId: string, cursor: string | null, events: KeptEvents, onLog?: (lines: RunEvent[]) => void): void {
  const client = useQueryClient()
  const start = useFirst(cursor)
  const reread = useThrottled(() => void client.invalidateQueries({ queryKey: keys.run(runId), exact: true }))
  useStream(start === null ? null : (after) => api.runEvents(runId, after), start, {
    onEvents: (burst) => {
      events.current = [...events.current, ...burst].slice(-KEPT_EVENTS)
      client.setQueryData<RunDetail>(keys.run(runId), (run) => run && burst.reduce(applyToRun, run))
      client.setQueryData<MetricSeries>(keys.metrics(runId), (series) => series && applyToMetrics(series, burst))
      const lines = burst.filter((event) => event.body.type === 'log')
      if (lines.length > 0) onLog?.(lines)
      // States and evaluations change what only the server knows (files, time left of the whole run).
      if (burst.some(({ body }) => body.type === 'run-state' || body.type === 'step-state' || body.type === 'evaluation')) reread()
    },
    onState: () => {},
  })
}

/** The first cursor that is given; null before. */
function useFirst(cursor: string | null): string | null {
  const [first, setFirst] = useState<string | null>(null)
  if (first === null && cursor !== null) setFirst(cursor)
  return first
}

function useRetry(runId: string): () => void {
  const client = useQueryClient()
  return () => void client.invalidateQueries({ queryKey: keys.run(runId) })
}

/** Calls `onChange` (at most every REREAD_MS) when anything happens to any run, and when the stream opens anew: something may have been missed. */
export function useRunChanges(onChange: () => void): void {
  const act = useThrottled(onChange)
  useStream(api.allEvents, null, {
    onEvents: (burst) => {
      if (burst.some(tellsOfRuns)) act()
    },
    onState: (state) => state === 'live' && act(),
  })
}

/** The same from a cursor on, so that nothing is missed and nothing is read twice at the start; null: not yet. */
export function useRunChangesAfter(cursor: string | null, onChange: () => void): void {
  const act = useThrottled(onChange)
  const start = useFirst(cursor)
  useStream(start === null ? null : api.allEvents, start, {
    onEvents: (burst) => {
      if (burst.some(tellsOfRuns)) act()
    },
    onState: () => {},
  })
}

const tellsOfRuns = ({ body }: RunEvent) => body.type !== 'log' && body.type !== 'metrics'

/** All data sets, read again when an import tells something. */
export function useDatasets() {
  const client = useQueryClient()
  const datasets = useQuery({ queryKey: keys.datasets, queryFn: ({ signal }) => api.datasets(signal) })
  const reread = useThrottled(() => void client.invalidateQueries({ queryKey: keys.datasets }))
  useStream(api.allEvents, null, {
    onEvents: (burst) => {
      if (burst.some(({ body, datasetId }) => datasetId !== null || body.type === 'run-state')) reread()
    },
    onState: (state) => state === 'live' && reread(),
  })
  return datasets
}

/** All imported models, read again when an import tells something. */
export function useModels() {
  const client = useQueryClient()
  const models = useQuery({ queryKey: keys.models, queryFn: ({ signal }) => api.models(signal) })
  const reread = useThrottled(() => void client.invalidateQueries({ queryKey: keys.models }))
  useStream(api.allEvents, null, {
    onEvents: (burst) => {
      if (burst.some(({ body, runId, datasetId }) => body.type === 'model-state' || (body.type === 'progress' && runId === null && datasetId === null))) reread()
    },
    onState: (state) => state === 'live' && reread(),
  })
  return models
}
