// Reads the runs that a launch starts and learns from and those they go back to, so that the plan can be previewed.
'use client'
import { useQueries } from '@tanstack/react-query'
import { api } from '@/components/api'
import type { Ancestry } from './prepare-plan'

async function readAncestry(runId: string, signal: AbortSignal): Promise<Ancestry> {
  const ancestry: Ancestry = []
  for (let id: string | null = runId; id !== null; ) {
    const run = await api.run(id, signal)
    ancestry.push({ name: run.name, config: run.config, teacher: run.teacherRunId === null ? null : await readAncestry(run.teacherRunId, signal) })
    id = run.startRunId
  }
  return ancestry
}

export function useAncestries(runIds: string[]): { ancestries: ReadonlyMap<string, Ancestry>; loading: boolean } {
  const ids = [...new Set(runIds)]
  const results = useQueries({ queries: ids.map((id) => ({ queryKey: ['ancestry', id], queryFn: ({ signal }: { signal: AbortSignal }) => readAncestry(id, signal), staleTime: Infinity })) })
  return {
    ancestries: new Map(ids.flatMap((id, i) => (results[i].data ? [[id, results[i].data] as const] : []))),
    loading: results.some((result) => result.isPending),
  }
}
