// Runs that a view names by id, such as those of an address: their names and colours, without the list of all runs.
'use client'
import { useQueries } from '@tanstack/react-query'
import type { RunDetail } from '@/contract/run'
import { api, keys } from '@/components/api'

const STALE_MS = 30_000

/** By id; those that are on their way or do not exist are not in it. `error`: of the first that could not be read. */
export function useRunHeads(ids: string[]): { heads: ReadonlyMap<string, RunDetail>; error: Error | null } {
  const distinct = [...new Set(ids)]
  const results = useQueries({ queries: distinct.map((id) => ({ queryKey: keys.run(id), queryFn: ({ signal }: { signal: AbortSignal }) => api.run(id, signal), staleTime: STALE_MS })) })
  return { heads: new Map(results.flatMap(({ data }) => (data ? [[data.id, data] as const] : []))), error: results.find(({ error }) => error)?.error ?? null }
}
