// What a run goes back to, drawn: artifacts as boxes, what was made from what as lines; the box under the pointer shows its own ones. Read when it is opened.
'use client'
import { useQuery } from '@tanstack/react-query'
import { PageLink } from '@/components/ui/page-link'
import { useMemo, useState } from 'react'
import type { LineageGraph } from '@/contract/artifact'
import type { RunDetail } from '@/contract/run'
import { api, keys } from '@/components/api'
import { formatBytes } from '@/components/format'
import { ReadState } from '@/components/shell/read-state'
import { cn } from '@/components/ui/class-names'
import { Panel } from '@/components/ui/panel'
import { Button } from '@/components/ui/button'
import { SkeletonRows } from '@/components/ui/skeleton'
import { NODE, type PlacedNode, placeLineage } from './prepare-lineage'

export function RunLineage({ run, className }: { run: RunDetail; className?: string }) {
  const [open, setOpen] = useState(false)
  const lineage = useQuery({ queryKey: keys.lineage(run.id), queryFn: ({ signal }) => api.lineage(run.id, signal), enabled: open })
  return (
    <Panel
      title="Lineage"
      note="what was made from what, back to the data"
      className={className}
      bodyClassName={open ? 'px-0 pb-0' : 'pb-0'}
      actions={
        <Button size="sm" aria-expanded={open} onClick={() => setOpen(!open)}>
          {open ? 'Hide' : 'Draw'}
        </Button>
      }
    >
      {open && (
        <div className="border-t border-line">
          <ReadState data={lineage.data} error={lineage.error} what="The lineage" onRetry={() => void lineage.refetch()} skeleton={<SkeletonRows rows={4} className="m-4 h-11" />}>
            {(graph) => <Graph graph={graph} runId={run.id} />}
          </ReadState>
        </div>
      )}
    </Panel>
  )
}

function Graph({ graph, runId }: { graph: LineageGraph; runId: string }) {
  const { nodes, lines, width, height } = useMemo(() => placeLineage(graph), [graph])
  const [at, setAt] = useState<string | null>(null)
  return (
    <div className="max-h-[34rem] overflow-auto p-4" tabIndex={0} role="region" aria-label="Graph of artifacts">
      <div className="relative" style={{ width, height }} onPointerLeave={() => setAt(null)}>
        <svg width={width} height={height} className="absolute inset-0" aria-hidden>
          {lines.map(({ from, to, role, path }) => {
            const lit = at !== null && (from === at || to === at)
            return <path key={`${from} ${to} ${role}`} d={path} fill="none" stroke={lit ? 'var(--accent)' : 'var(--line-strong)'} strokeWidth={lit ? 2 : 1} strokeOpacity={at !== null && !lit ? 0.25 : 0.8} />
          })}
        </svg>
        <ol>
          {nodes.map((node) => (
            <Box key={node.key} node={node} own={node.runId === runId} inputs={lines.filter((line) => line.to === node.key).map(({ role }) => role)} onEnter={() => setAt(node.key)} />
          ))}
        </ol>
      </div>
    </div>
  )
}

function Box({ node, own, inputs, onEnter }: { node: PlacedNode; own: boolean; inputs: string[]; onEnter: () => void }) {
  const facts = `${node.label}, ${node.published && node.bytes !== null ? formatBytes(node.bytes) : 'not there'}${inputs.length > 0 ? `; made from ${inputs.join(', ')}` : ''}; ${node.key}`
  const other = node.runId !== null && !own
  return (
    <li onPointerEnter={onEnter} title={facts} style={{ left: node.left, top: node.top, width: NODE.width, height: NODE.height }} className={cn('absolute overflow-hidden rounded-md border bg-surface px-2 py-1', own ? 'border-line-strong' : 'border-dashed border-line-strong', !node.published && 'bg-sunken')}>
      <p className="truncate text-sm leading-4 font-medium">{node.label}</p>
      <p className="tabular truncate text-xs leading-4 text-ink-3">
        {other ? (
          <PageLink href={`/runs/${node.runId}`} className="underline decoration-line-strong underline-offset-2 hover:decoration-current">
            {node.runName}
          </PageLink>
        ) : own ? (
          'this run'
        ) : (
          'data set'
        )}{' '}
        · {node.published && node.bytes !== null ? formatBytes(node.bytes) : 'not there'}
      </p>
    </li>
  )
}
