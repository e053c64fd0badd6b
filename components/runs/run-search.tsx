// Finds runs by words among all that a filter leaves; the server searches. The inside of every chooser of runs: run-select.tsx takes one,
// components/compare/run-picker.tsx several.
'use client'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { type KeyboardEvent, type ReactNode, useState } from 'react'
import { METHOD_TITLES } from '@/contract/run'
import type { RunRow } from '@/contract/run-table'
import { api, keys } from '@/components/api'
import { LineMark } from '@/components/charts/line-mark'
import { formatCount } from '@/components/format'
import { Input } from '@/components/ui/field'

const LISTED = 50

interface RunSearchProps {
  /** As formatFilters writes it; empty: all runs. */
  filter?: string
  /** Id of a run that is left out. */
  exclude?: string
  /** Choices above the runs found. */
  above?: ReactNode
  /** One run found, as a list item's control; it holds a RunLine. */
  choice: (run: RunRow) => ReactNode
}

export function RunSearch({ filter = '', exclude, above, choice }: RunSearchProps) {
  const [q, setQ] = useState('')
  const params = { q, filter, limit: LISTED }
  const found = useQuery({ queryKey: keys.runTable(params, 0), queryFn: ({ signal }) => api.runTable(params, signal), placeholderData: keepPreviousData, staleTime: 5000 })
  const runs = found.data?.items.flat().filter((run) => run.id !== exclude) ?? []
  return (
    <div onKeyDown={moveFocus}>
      <Input type="search" aria-label="Filter the runs" placeholder="Name, method, data set, tag" value={q} onChange={(e) => setQ(e.target.value)} />
      {found.error && (
        <p role="alert" className="mt-2 text-sm text-bad">
          {found.error.message}
        </p>
      )}
      <div className="mt-2 max-h-72 overflow-y-auto">
        {above}
        <ul>
          {runs.map((run) => (
            <li key={run.id}>{choice(run)}</li>
          ))}
          {found.isPending && !found.error && <li className="px-1 py-2 text-sm text-ink-3">Searching</li>}
          {found.data && runs.length === 0 && <li className="px-1 py-2 text-sm text-ink-3">No run matches.</li>}
          {found.data && found.data.total > LISTED && <li className="px-1 py-2 text-xs text-ink-3">{`${formatCount(found.data.total - LISTED)} more; search for them`}</li>}
        </ul>
      </div>
    </div>
  )
}

/** Up and down go through the field and the choices below it. */
function moveFocus(event: KeyboardEvent<HTMLDivElement>): void {
  if (event.key !== 'ArrowDown' && event.key !== 'ArrowUp') return
  const stops = [...event.currentTarget.querySelectorAll<HTMLElement>('input, button')]
  const at = stops.indexOf(document.activeElement as HTMLElement)
  stops[Math.min(stops.length - 1, Math.max(0, at + (event.key === 'ArrowDown' ? 1 : -1)))]?.focus()
  event.preventDefault()
}

export const CHOICE_CLASS = 'flex min-h-9 w-full items-center gap-2 rounded px-1 text-left hover:bg-hover dark:hover:bg-line'

export function RunLine({ run }: { run: RunRow }) {
  return (
    <>
      <LineMark colorIndex={run.colorIndex} />
      <span className="min-w-0 flex-1 truncate text-sm">{run.name}</span>
      <span className="text-xs whitespace-nowrap text-ink-3">
        {METHOD_TITLES[run.method]} · {run.datasetName}
      </span>
    </>
  )
}
