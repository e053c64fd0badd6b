// Reads what a report shows of its runs, again and again while one of them is live. Called by report-view.tsx.
'use client'
import { useQueries } from '@tanstack/react-query'
import { isLive, type RunDetail } from '@/contract/run'
import { api, ApiError, keys } from '@/components/api'

const LIVE_MS = 3000

export interface ReportRuns {
  /** By id; what is still being read is absent. */
  runs: ReadonlyMap<string, RunDetail>
  /** Ids of runs that do not exist any more. */
  missing: ReadonlySet<string>
  loading: boolean
  error: Error | null
  retry(): void
}

export function useReportRuns(ids: string[]): ReportRuns {
  const results = useQueries({
    queries: ids.map((id) => ({
      queryKey: keys.run(id),
      queryFn: ({ signal }: { signal: AbortSignal }) => api.run(id, signal),
      refetchInterval: (query: { state: { data?: RunDetail } }) => (query.state.data && isLive(query.state.data.state) ? LIVE_MS : (false as const)),
    })),
  })
  const isMissing = (error: Error | null) => error instanceof ApiError && error.code === 'not-found'
  return {
    runs: new Map(results.flatMap(({ data }, i) => (data ? [[ids[i], data] as const] : []))),
    missing: new Set(ids.filter((_, i) => isMissing(results[i].error))),
    loading: results.some(({ isPending }) => isPending),
    error: results.find(({ error, data }) => error && !data && !isMissing(error))?.error ?? null,
    retry: () => void Promise.all(results.map((result) => result.refetch())),
  }
}
