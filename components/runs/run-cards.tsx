// The table of runs on small screens: a card for each run or group, drawn as they come into view.
'use client'
import { useWindowVirtualizer } from '@tanstack/react-virtual'
import { useEffect, useRef } from 'react'
import { MEASURES } from '@/contract/measure'
import { METHOD_TITLES, isLive } from '@/contract/run'
import type { RunRow } from '@/contract/run-table'
import { formatAgo } from '@/components/format'
import { Checkbox } from '@/components/ui/checkbox'
import { cn } from '@/components/ui/class-names'
import { Skeleton } from '@/components/ui/skeleton'
import { Badge } from '@/components/ui/badge'
import { groupName } from './prepare-groups'
import { allColumns } from './prepare-columns'
import { type CellContext, GroupCell, RunCell } from './run-cell'
import { RunName } from './run-name'
import { RunProgress } from './run-progress'
import { RunStateBadge } from './run-state-badge'
import { type RunsListProps, atWords } from './runs-table'

const FACTS = allColumns({ config: [], measures: [] })
const columnOf = (id: string) => FACTS.find((column) => column.id === id)!

export function RunCards({ table, view, context, selection, leaving, onVisible }: RunsListProps) {
  const list = useRef<HTMLUListElement>(null)
  const rows = useWindowVirtualizer({ count: table.total ?? 0, estimateSize: () => 176, overscan: 4, gap: 8, scrollMargin: list.current?.offsetTop ?? 0 })
  const shown = rows.getVirtualItems()
  const [first, last] = [shown[0]?.index ?? 0, shown.at(-1)?.index ?? 0]
  useEffect(() => onVisible(first, last), [first, last, onVisible])
  return (
    <ul ref={list} className="relative" style={{ height: rows.getTotalSize() }} aria-label="Runs">
      {shown.map(({ index, key, start }) => {
        const runs = table.itemAt(index)
        return (
          <li key={key} ref={rows.measureElement} data-index={index} className="absolute inset-x-0 top-0" style={{ transform: `translateY(${start - rows.options.scrollMargin}px)` }}>
            {runs ? <Card runs={runs} at={atWords(view.at)} context={context} chosen={runs.every((run) => selection.rows.has(run.id))} gone={runs.every((run) => leaving.has(run.id))} onToggle={() => selection.toggle(runs)} /> : <Skeleton className="h-40 rounded-lg" />}
          </li>
        )
      })}
    </ul>
  )
}

function Card({ runs, at, context, chosen, gone, onToggle }: { runs: RunRow[]; at: string; context: CellContext; chosen: boolean; gone: boolean; onToggle: () => void }) {
  const [run] = runs
  const isGroup = runs.length > 1
  const cell = (id: string) => (isGroup ? <GroupCell column={columnOf(id)} runs={runs} context={context} open={false} onToggle={() => {}} /> : <RunCell column={columnOf(id)} run={run} context={context} />)
  return (
    <div data-run={run.name} className={cn('rounded-lg border border-line bg-surface p-3', chosen && 'border-accent bg-accent-soft', gone && 'line-through opacity-50')}>
      <div className="flex items-center gap-3">
        <label className="-m-3 p-3">
          <Checkbox aria-label={`Select ${isGroup ? groupName(runs) : run.name}`} checked={chosen} onChange={onToggle} />
        </label>
        {isGroup ? (
          <span className="flex min-w-0 flex-1 items-center gap-2 font-medium">
            <span className="truncate">{groupName(runs)}</span>
            <Badge>{runs.length} seeds</Badge>
          </span>
        ) : (
          <RunName run={run} className="flex-1" />
        )}
        {isGroup ? cell('state') : <RunStateBadge state={run.state} stale={context.stale} />}
      </div>
      {!isGroup && isLive(run.state) && <RunProgress run={run} className="mt-3" />}
      {!isGroup && run.state === 'failed' && run.reason && <p className="mt-2 line-clamp-2 text-xs text-bad">{run.reason}</p>}
      <dl className="mt-3 grid grid-cols-3 gap-2">
        {MEASURES.map((measure) => (
          <div key={measure}>
            <dt className="text-xs text-ink-3">
              {measure}, {at}
            </dt>
            <dd className="tabular flex text-lg [&>span]:items-start">{cell(`measure.${measure}`)}</dd>
          </div>
        ))}
      </dl>
      <p className="mt-2 flex flex-wrap gap-x-2 text-xs text-ink-3">
        <span>{METHOD_TITLES[run.method]}</span>
        <span>{run.datasetName}</span>
        {cell('step')}
        <span className="ml-auto">{formatAgo(new Date(run.createdAt), context.now)}</span>
      </p>
    </div>
  )
}
