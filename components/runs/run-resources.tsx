// What each step took from its machine: peak memory, cores, GPU memory, and how memory went.
'use client'
import { useQuery } from '@tanstack/react-query'
import dynamic from 'next/dynamic'
import { type RunDetail, isLive } from '@/contract/run'
import { api, keys } from '@/components/api'
import { formatBytes, formatDuration } from '@/components/format'
import { Panel } from '@/components/ui/panel'
import { Skeleton } from '@/components/ui/skeleton'
import { summariseUse, traceUse } from './prepare-resources'

const Drawing = dynamic(() => import('./resources-drawing').then((module) => module.ResourcesDrawing), { ssr: false, loading: () => <Skeleton className="mx-4 h-[150px]" /> })

const POLL_MS = 5000

export function RunResources({ run, className }: { run: RunDetail; className?: string }) {
  const resources = useQuery({ queryKey: keys.resources(run.id), queryFn: ({ signal }) => api.resources(run.id, signal), refetchInterval: isLive(run.state) ? POLL_MS : false })
  const uses = summariseUse(resources.data ?? [], run.steps)
  // Steps of a second or two are looked at once: there is nothing to show.
  if (uses.length === 0) return null
  return (
    <Panel title="Resources" note="sampled every 2 s" className={className} bodyClassName="px-0 pb-0">
      <p className="px-4 pb-1 text-xs text-ink-3">
        <span className="text-accent">Memory</span> at the left, <span className="text-warn">cores</span> (dashed) at the right
      </p>
      <Drawing points={traceUse(resources.data ?? [], run.steps)} />
      <div className="mt-2 max-h-80 overflow-auto border-t border-line" tabIndex={0} role="region" aria-label="Resources by step">
        <table className="tabular w-full text-sm">
          <thead>
            <tr className="text-left text-xs text-ink-3">
              <th className="px-4 py-2 font-medium">Step</th>
              <th className="px-2 py-2 text-right font-medium">Peak memory</th>
              <th className="px-2 py-2 text-right font-medium">Cores</th>
              <th className="px-4 py-2 font-medium">Memory</th>
            </tr>
          </thead>
          <tbody>
            {uses.map((use) => (
              <tr key={`${use.stepId} ${use.attempt}`} className="border-t border-line">
                <td className="px-4 py-1.5">
                  {use.label}
                  {use.attempt > 1 && <span className="text-ink-3"> attempt {use.attempt}</span>}
                  <span className="text-xs text-ink-3"> {formatDuration(use.seconds)}</span>
                </td>
                <td className="px-2 py-1.5 text-right whitespace-nowrap">
                  {formatBytes(use.peakBytes)}
                  {use.peakDeviceBytes !== null && <span className="block text-xs text-ink-3">GPU {formatBytes(use.peakDeviceBytes)}</span>}
                </td>
                <td className="px-2 py-1.5 text-right">{use.meanCores.toFixed(1)}</td>
                <td className="px-4 py-1.5">
                  <svg viewBox="0 0 100 24" preserveAspectRatio="none" className="h-6 w-24" role="img" aria-label={`Memory of ${use.label} over time`}>
                    <polyline points={use.line} fill="none" stroke="var(--accent)" strokeWidth="1.5" vectorEffect="non-scaling-stroke" />
                  </svg>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Panel>
  )
}
