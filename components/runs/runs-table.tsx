// The table of runs on wide screens: only the rows and columns on screen are drawn, pinned columns and the head stay in place.
'use client'
import { useVirtualizer } from '@tanstack/react-virtual'
import { ArrowDown, ArrowUp } from 'lucide-react'
import { type ReactNode, useEffect, useMemo, useRef, useState } from 'react'
import { MEASURE_RULES, type MeasureName } from '@/contract/measure'
import type { RunRow, RunsAt, RunsView } from '@/contract/run-table'
import { formatCount } from '@/components/format'
import { Checkbox } from '@/components/ui/checkbox'
import { cn } from '@/components/ui/class-names'
import { Skeleton } from '@/components/ui/skeleton'
import { groupName } from './prepare-groups'
import { type TableColumn, pinnedFirst } from './prepare-columns'
import { type CellContext, GroupCell, RunCell } from './run-cell'
import type { RunTable, Selection } from './use-run-table'

export const ROW_HEIGHT = 44
const HEAD_HEIGHT = 46
const CHECK_WIDTH = 40

export interface RunsListProps {
  table: RunTable
  view: RunsView
  context: CellContext
  selection: Selection
  leaving: ReadonlySet<string>
  onVisible: (first: number, last: number) => void
}

interface RunsTableProps extends RunsListProps {
  columns: TableColumn[]
  pinned: readonly string[]
  onSort: (column: TableColumn) => void
}

/** A line of the table: an item, or one run of an open item. */
interface TableLine {
  item: number
  run: RunRow | null
}

export function RunsTable({ table, view, context, selection, leaving, columns, pinned, onSort, onVisible }: RunsTableProps) {
  const scroller = useRef<HTMLDivElement>(null)
  const [open, setOpen] = useState<ReadonlySet<string>>(new Set())
  const total = table.total ?? 0
  const lines = openLines(table, total, open)
  const rows = useVirtualizer({ count: lines?.length ?? total, getScrollElement: () => scroller.current, estimateSize: () => ROW_HEIGHT, overscan: 8, scrollMargin: 0, paddingStart: HEAD_HEIGHT })
  const shown = rows.getVirtualItems()
  const lineOf = (index: number): TableLine => lines?.[index] ?? { item: index, run: null }
  const [first, last] = [lineOf(shown[0]?.index ?? 0).item, lineOf(shown.at(-1)?.index ?? 0).item]
  useEffect(() => onVisible(first, last), [first, last, onVisible])

  const { pinned: fixed, rest } = useMemo(() => pinnedFirst(columns, pinned), [columns, pinned])
  const natural = CHECK_WIDTH + columns.reduce((sum, column) => sum + column.width, 0)
  // What the columns leave of the screen goes to the name.
  const spare = Math.max(0, (rows.scrollRect?.width ?? 0) - natural)
  const widthOf = (column: TableColumn) => column.width + (column.id === 'name' ? spare : 0)
  const fixedWidth = CHECK_WIDTH + fixed.reduce((sum, column) => sum + widthOf(column), 0)
  const across = useVirtualizer({ horizontal: true, count: rest.length, getScrollElement: () => scroller.current, estimateSize: (i) => widthOf(rest[i]), overscan: 3, paddingStart: fixedWidth })
  useEffect(() => across.measure(), [across, rest, spare])
  const cols = across.getVirtualItems()
  const before = (cols[0]?.start ?? fixedWidth) - fixedWidth
  const after = across.getTotalSize() - (cols.at(-1)?.end ?? fixedWidth)
  const leftOf = (index: number) => CHECK_WIDTH + fixed.slice(0, index).reduce((sum, column) => sum + widthOf(column), 0)

  const cells = (draw: (column: TableColumn, style: { width: number; left?: number }, index: number) => ReactNode, Spacer: 'td' | 'th') => (
    <>
      {fixed.map((column, i) => draw(column, { width: widthOf(column), left: leftOf(i) }, i))}
      {before > 0 && <Spacer aria-hidden style={{ width: before, minWidth: before }} className="p-0" />}
      {cols.map(({ index }) => draw(rest[index], { width: widthOf(rest[index]) }, fixed.length + index))}
      {after > 0 && <Spacer aria-hidden style={{ width: after, minWidth: after }} className="p-0" />}
    </>
  )
  const toggleOpen = (key: string) => {
    const next = new Set(open)
    if (!next.delete(key)) next.add(key)
    setOpen(next)
  }

  return (
    <div
      ref={scroller}
      role="region"
      aria-label="Runs, table"
      tabIndex={0}
      className={cn('max-h-[max(22rem,calc(100dvh-12.5rem))] overflow-auto rounded-lg border border-line bg-surface transition-opacity [scrollbar-gutter:auto]', table.isStale && 'opacity-60')}
      aria-busy={table.isStale}
    >
      <table aria-rowcount={total + 1} aria-colcount={columns.length + 1} className="table-fixed border-separate border-spacing-0 text-sm" style={{ width: across.getTotalSize(), height: rows.getTotalSize() }}>
        <thead className="text-left text-xs text-ink-3">
          <tr style={{ height: HEAD_HEIGHT }} aria-rowindex={1}>
            <th scope="col" style={{ width: CHECK_WIDTH }} className="sticky top-0 left-0 z-20 border-b border-line bg-surface pl-3">
              <span className="sr-only">Select</span>
            </th>
            {cells((column, style, i) => <Head key={column.id} column={column} style={style} index={i + 2} view={view} onSort={onSort} />, 'th')}
          </tr>
        </thead>
        <tbody>
          {shown.length > 0 && shown[0].start > HEAD_HEIGHT && (
            <tr aria-hidden style={{ height: shown[0].start - HEAD_HEIGHT }}>
              <td className="p-0" />
            </tr>
          )}
          {shown.map(({ index }) => {
            const line = lineOf(index)
            const item = table.itemAt(line.item)
            if (!item) return <WaitingRow key={index} columns={columns.length} />
            const runs = line.run ? [line.run] : item
            const isGroup = runs.length > 1
            const chosen = runs.filter((run) => selection.rows.has(run.id)).length
            const key = item.map((run) => run.id).join()
            const gone = runs.every((run) => leaving.has(run.id))
            const ground = cn('bg-surface group-hover:bg-hover', chosen > 0 && 'bg-accent-soft group-hover:bg-accent-soft')
            return (
              <tr key={`${key}${line.run?.id ?? ''}`} aria-rowindex={index + 2} data-run={isGroup ? groupName(runs) : runs[0].name} style={{ height: ROW_HEIGHT }} className={cn('group', gone && 'line-through opacity-50')}>
                <td style={{ width: CHECK_WIDTH }} className={cn('sticky left-0 z-10 border-b border-line pl-3', ground)}>
                  <Checkbox aria-label={`Select ${isGroup ? groupName(runs) : runs[0].name}`} checked={chosen === runs.length} ref={(box) => void (box && (box.indeterminate = chosen > 0 && chosen < runs.length))} onChange={() => selection.toggle(runs)} />
                </td>
                {cells(
                  (column, style, i) => (
                    <td key={column.id} aria-colindex={i + 2} style={style} className={cn('tabular truncate border-b border-line px-3 whitespace-nowrap text-ink-2', column.align === 'right' && 'text-right', style.left !== undefined && 'sticky z-10', ground)}>
                      {isGroup ? <GroupCell column={column} runs={runs} context={context} open={open.has(key)} onToggle={() => toggleOpen(key)} /> : <RunCell column={column} run={runs[0]} context={context} nested={line.run !== null} />}
                    </td>
                  ),
                  'td',
                )}
              </tr>
            )
          })}
          <tr aria-hidden>
            <td className="p-0" />
          </tr>
        </tbody>
      </table>
    </div>
  )
}

/** The lines where some items are open; null where none is, and line and item are the same. */
function openLines(table: RunTable, total: number, open: ReadonlySet<string>): TableLine[] | null {
  if (open.size === 0) return null
  return Array.from({ length: total }, (_, item) => item).flatMap((item): TableLine[] => {
    const runs = table.itemAt(item)
    const isOpen = runs && runs.length > 1 && open.has(runs.map((run) => run.id).join())
    return [{ item, run: null }, ...(isOpen ? runs.map((run) => ({ item, run })) : [])]
  })
}

/** Which checkpoint a value is of, as short as a column's head needs it. */
export const atWords = (at: RunsAt) => (typeof at === 'number' ? `at ≤ ${formatCount(at)}` : at)

function Head({ column, style, index, view, onSort }: { column: TableColumn; style: { width: number; left?: number }; index: number; view: RunsView; onSort: (column: TableColumn) => void }) {
  const active = view.sort === column.id
  const Arrow = view.order === 'asc' ? ArrowUp : ArrowDown
  const rule = column.kind === 'measure' ? MEASURE_RULES[column.label as MeasureName] : undefined
  return (
    <th
      scope="col"
      aria-colindex={index}
      aria-sort={active ? (view.order === 'asc' ? 'ascending' : 'descending') : undefined}
      style={style}
      className={cn('sticky top-0 z-10 border-b border-line bg-surface px-3', column.align === 'right' && 'text-right', style.left !== undefined && 'z-20')}
    >
      <button type="button" title={rule ?? column.label} onClick={() => onSort(column)} className={cn('flex max-w-full items-center gap-1 rounded font-medium hover:text-ink', column.align === 'right' && 'ml-auto flex-row-reverse', active && 'text-ink')}>
        <span className="min-w-0">
          <span className="block truncate">{column.label}</span>
          {column.kind === 'measure' && <span className="block truncate font-normal text-ink-3">{atWords(view.at)}</span>}
        </span>
        <Arrow aria-hidden className={cn('size-3 shrink-0', !active && 'invisible')} />
      </button>
    </th>
  )
}

function WaitingRow({ columns }: { columns: number }) {
  return (
    <tr style={{ height: ROW_HEIGHT }}>
      <td />
      <td colSpan={columns} className="px-3">
        <Skeleton className="h-4 w-64" />
      </td>
    </tr>
  )
}
