// The table of queries: only the rows on screen are in the document, so thousands scroll and sort at once.
'use client'
import { useQueryClient } from '@tanstack/react-query'
import { useWindowVirtualizer } from '@tanstack/react-virtual'
import { ArrowDown, ArrowUp, Search } from 'lucide-react'
import { PageLink } from '@/components/ui/page-link'
import { useLayoutEffect, useMemo, useRef, useState } from 'react'
import { MEASURES, ruleOf } from '@/contract/measure'
import type { QueryTable } from '@/contract/query'
import type { RunDetail } from '@/contract/run'
import { api, keys } from '@/components/api'
import { LineMark } from '@/components/charts/line-mark'
import { formatCount, formatDifference, formatMeasure } from '@/components/format'
import { Button } from '@/components/ui/button'
import { cn } from '@/components/ui/class-names'
import { Input } from '@/components/ui/field'
import { EmptyState } from '@/components/ui/notice'
import { useUrlState } from '@/components/use-url-state'
import { countWins, differenceAt, FIRST_RANKS, orderQueries, type QuerySort } from './prepare-query-table'

const ROW_PX = 45

interface Column {
  sort: QuerySort
  label: string
  title: string
  colorIndex?: number
  value: (place: number) => number | null
  isDifference?: boolean
  /** Left out on narrow screens. */
  isExtra?: boolean
}

export function QueryTableView({ run, table, measure, stale }: { run: RunDetail; table: QueryTable; measure: string; stale: boolean }) {
  const url = useUrlState()
  const client = useQueryClient()
  const columns = useMemo(() => columnsOf(run, table, measure), [run, table, measure])
  const asked = url.get('sort')
  const sort = columns.some((column) => column.sort === asked) ? asked! : 'row'
  const order = url.get('order') === 'desc' ? 'desc' : 'asc'
  const [q, setQ] = useState(url.get('q') ?? '')
  const places = useMemo(() => orderQueries(table, { q, sort, order, measure }), [table, q, sort, order, measure])
  const wins = useMemo(() => table.against && countWins(table, measure), [table, measure])
  const sortBy = (key: QuerySort) => url.set({ sort: key === 'row' ? null : key, order: key !== sort ? null : order === 'asc' ? 'desc' : null })

  const body = useRef<HTMLDivElement>(null)
  const [margin, setMargin] = useState(0)
  useLayoutEffect(() => setMargin(body.current ? body.current.getBoundingClientRect().top + window.scrollY : 0), [places.length])
  const rows = useWindowVirtualizer({ count: places.length, estimateSize: () => ROW_PX, overscan: 12, scrollMargin: margin })
  const shown = rows.getVirtualItems()
  const above = shown.length > 0 ? shown[0].start - margin : 0
  const below = rows.getTotalSize() - (shown.length > 0 ? shown[shown.length - 1].end - margin : 0)
  // The one under the pointer is read ahead, and at the latest with the click, beside the page itself.
  const readAhead = (row: number) => {
    const at = { checkpoint: table.checkpointStep, limit: FIRST_RANKS }
    void client.prefetchQuery({ queryKey: keys.ranking(run.id, row, at.checkpoint, at.limit), queryFn: ({ signal }) => api.ranking(run.id, row, at, signal), staleTime: 60_000 })
  }
  const search = `?checkpoint=${table.checkpointStep}${table.against ? `&with=${table.against.runId}` : ''}`
  return (
    <>
      <div className="mb-3 flex flex-wrap items-center gap-x-4 gap-y-2">
        <div className="relative w-full sm:w-80">
          <Search className="pointer-events-none absolute top-1/2 left-2.5 size-4 -translate-y-1/2 text-ink-3" aria-hidden />
          <Input
            type="search"
            aria-label="Search the queries"
            placeholder="Words of the query, or its id"
            value={q}
            onChange={(e) => {
              setQ(e.target.value)
              url.set({ q: e.target.value })
            }}
            className="pl-8"
          />
        </div>
        <p role="status" className="tabular text-sm text-ink-2">
          {places.length === table.rows.length ? `${formatCount(places.length)} ${table.split} queries` : `${formatCount(places.length)} of ${formatCount(table.rows.length)} queries`}
          {wins && `; ${run.name} better on ${formatCount(wins.wins)}, equal on ${formatCount(wins.ties)}, worse on ${formatCount(wins.losses)}`}
        </p>
      </div>
      {places.length === 0 ? (
        <EmptyState
          title="No query has these words"
          actions={
            <Button
              onClick={() => {
                setQ('')
                url.set({ q: null })
              }}
            >
              Show all queries
            </Button>
          }
        />
      ) : (
        <div ref={body} className={cn('overflow-hidden rounded-lg border border-line bg-surface transition-opacity', stale && 'opacity-60')}>
          <table className="tabular w-full table-fixed text-sm" aria-rowcount={places.length + 1}>
            <thead className="text-xs text-ink-3">
              <tr className="h-9 border-b border-line" aria-rowindex={1}>
                <SortHead column={{ sort: 'row', label: 'Query', title: 'In the order of the data set' }} sort={sort} order={order} onSort={sortBy} className="px-4 text-left" />
                <th scope="col" className="hidden w-44 px-3 text-left font-medium lg:table-cell">
                  Official id
                </th>
                {columns.map((column) => (
                  <SortHead key={column.sort} column={column} sort={sort} order={order} onSort={sortBy} className={cn(CELL, column.isExtra && 'hidden sm:table-cell')} />
                ))}
              </tr>
            </thead>
            <tbody>
              <Spacer px={above} columns={columns.length + 2} />
              {shown.map(({ index }) => {
                const place = places[index]
                return (
                  <tr key={table.rows[place]} onPointerEnter={() => readAhead(table.rows[place])} aria-rowindex={index + 2} style={{ height: ROW_PX }} className="border-b border-line last:border-0 hover:bg-hover">
                    <td className="px-4">
                      <PageLink href={`/runs/${run.id}/queries/${table.rows[place]}${search}`} ahead={index === 0} onClick={() => readAhead(table.rows[place])} title={table.texts[place]} className="line-clamp-2 text-base leading-5 text-ink hover:underline">
                        {table.texts[place]}
                      </PageLink>
                    </td>
                    <td className="hidden truncate px-3 font-mono text-xs text-ink-3 lg:table-cell" title={table.ids[place]}>
                      {table.ids[place]}
                    </td>
                    {columns.map((column) => (
                      <td key={column.sort} className={cn(CELL, column.isExtra && 'hidden sm:table-cell')}>
                        <ValueCell column={column} value={column.value(place)} />
                      </td>
                    ))}
                  </tr>
                )
              })}
              <Spacer px={below} columns={columns.length + 2} />
            </tbody>
          </table>
        </div>
      )}
    </>
  )
}

const CELL = 'w-[5rem] pr-3 pl-1 text-right sm:w-28 sm:px-4'

/** A run alone: the charted measures and one more. A pair: one measure of both, and the difference. */
function columnsOf(run: RunDetail, table: QueryTable, measure: string): Column[] {
  const { against } = table
  const own = (each: string, label = each): Column => ({ sort: each, label, title: ruleOf(each), value: (place) => table.values[each]?.[place] ?? null })
  if (!against) return [...MEASURES.map((each) => ({ ...own(each), isExtra: each === 'NDCG@10' })), ...((MEASURES as string[]).includes(measure) ? [] : [{ ...own(measure), isExtra: true }])]
  return [
    { ...own(measure, run.name), colorIndex: run.colorIndex },
    { sort: 'against', label: against.runName, title: `${measure} of ${against.runName} at step ${formatCount(against.checkpointStep)}`, colorIndex: against.colorIndex, isExtra: true, value: (place) => against.values[measure]?.[place] ?? null },
    { sort: 'difference', label: 'Difference', title: `${measure} of ${run.name} less that of ${against.runName}`, isDifference: true, value: (place) => differenceAt(table, measure, place) },
  ]
}

function Spacer({ px, columns }: { px: number; columns: number }) {
  return px > 0 ? (
    <tr aria-hidden style={{ height: px }}>
      <td colSpan={columns} />
    </tr>
  ) : null
}

function SortHead({ column, sort, order, onSort, className }: { column: Pick<Column, 'sort' | 'label' | 'title' | 'colorIndex'>; sort: QuerySort; order: 'asc' | 'desc'; onSort: (name: QuerySort) => void; className: string }) {
  const active = sort === column.sort
  const Arrow = order === 'asc' ? ArrowUp : ArrowDown
  return (
    <th scope="col" aria-sort={active ? (order === 'asc' ? 'ascending' : 'descending') : undefined} className={className} title={column.title}>
      <button type="button" onClick={() => onSort(column.sort)} className={cn('inline-flex h-7 max-w-full items-center gap-1 font-medium hover:text-ink', active && 'text-ink')}>
        {column.colorIndex !== undefined && <LineMark colorIndex={column.colorIndex} />}
        <span className="truncate">{column.label}</span>
        <Arrow aria-hidden className={cn('size-3 shrink-0', !active && 'hidden')} />
      </button>
    </th>
  )
}

/** A bar under the number shows its size at a glance; a missing value is a dash, not a zero. */
function ValueCell({ column: { isDifference, label }, value }: { column: Column; value: number | null }) {
  if (value === null)
    return (
      <span className="text-ink-3" title={`${label} was not computed for this query`}>
        –
      </span>
    )
  if (isDifference) return <span className={cn('font-medium', value > 0 ? 'text-ok' : value < 0 ? 'text-bad' : 'text-ink-3')}>{formatDifference(value)}</span>
  return (
    <span className="ml-auto flex w-14 flex-col items-end gap-0.5 sm:w-20">
      <span className={value === 0 ? 'text-ink-3' : undefined}>{formatMeasure(value)}</span>
      <span className="h-0.5 w-full bg-line" aria-hidden>
        <span className="ml-auto block h-full bg-ink-3" style={{ width: `${Math.min(1, value) * 100}%` }} />
      </span>
    </span>
  )
}
