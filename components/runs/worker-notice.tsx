// Says when live runs wait for nobody: no job server is alive.
'use client'
import { useQuery } from '@tanstack/react-query'
import { api, keys } from '@/components/api'
import { Notice } from '@/components/ui/notice'

export function WorkerNotice() {
  const health = useQuery({ queryKey: keys.health, queryFn: ({ signal }) => api.health(signal), refetchInterval: 10_000 })
  if (!health.data || health.error || health.data.liveWorkers > 0) return null
  return (
    <Notice tone="warn" role="status" title="No worker is running" className="mb-3">
      Queued steps wait until one starts: run <code className="font-mono">./drhard worker</code>, or <code className="font-mono">./drhard serve</code>, which brings its own.
    </Notice>
  )
}
