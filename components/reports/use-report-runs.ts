// The runs that a block of a report names, read again while one of them is live.
'use client'
import { useQueries } from '@tanstack/react-query'
import { type RunDetail, isLive } from '@/contract/run'
import { ApiError, api, keys } from '@/components/api'

const LIVE_MS = 5000

export interface ReportRuns {
  runs: RunDetail[]
  /** Names that no run has any more. */
  missing: string[]
  error: Error | null
  loading: boolean
}

export function useReportRuns(ids: string[]): ReportRuns {
  const results = useQueries({
    queries: ids.map((id) => ({ queryKey: keys.run(id), queryFn: ({ signal }: { signal: AbortSignal }) => api.run(id, signal), refetchInterval: ({ state }: { state: { data?: RunDetail } }) => (state.data && isLive(state.data.state) ? LIVE_MS : false) })),
  })
  const isGone = (error: Error | null) => error instanceof ApiError && error.code === 'not-found'
  return {
    runs: results.flatMap(({ data }) => (data ? [data] : [])),
    missing: ids.filter((_, i) => isGone(results[i].error)),
    error: results.find(({ data, error }) => !data && error && !isGone(error))?.error ?? null,
    loading: results.some(({ isPending }) => isPending),
  }
}
