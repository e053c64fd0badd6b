// What the table of runs shows: text, filters, checkpoint, groups, columns, views. All of it is in the address.
'use client'
import { Search, X } from 'lucide-react'
import { METHOD_TITLES, type Method } from '@/contract/run'
import { type RunColumns, formatFilters } from '@/contract/run-table'
import { Button } from '@/components/ui/button'
import { Choice } from '@/components/ui/choice'
import { Input, Select } from '@/components/ui/field'
import { ColumnChooser } from './column-chooser'
import { FilterEditor } from './filter-editor'
import type { TableColumn } from './prepare-columns'
import { type TableState, isNarrowed, withEquals } from './run-table-url'
import { SavedViews } from './saved-views'

interface RunsToolbarProps {
  state: TableState
  all: TableColumn[]
  shown: TableColumn[]
  known: RunColumns | undefined
  baselineName: string | null
  onChange: (changes: Record<string, string | null>) => void
}

const AT = [
  { value: 'best', label: 'Best' },
  { value: 'last', label: 'Last' },
  { value: 'step', label: 'At step' },
] as const

const STATES = { live: 'Live', succeeded: 'Succeeded', failed: 'Failed', cancelled: 'Cancelled' }
const FIRST_STEP = 1000

export function RunsToolbar({ state, all, shown, known, baselineName, onChange }: RunsToolbarProps) {
  const { view } = state
  const { at, filters } = view
  const equals = (column: string) => filters.find((filter) => filter.column === column && filter.op === '=')?.value ?? ''
  const others = filters.filter(({ column, op }) => op !== '=' || (column !== 'method' && column !== 'state'))
  return (
    <div className="mb-3 flex flex-col gap-2">
      <div className="flex flex-wrap items-center gap-2">
        <div className="relative w-full sm:w-52">
          <Search className="pointer-events-none absolute top-1/2 left-2.5 size-4 -translate-y-1/2 text-ink-3" aria-hidden />
          <Input type="search" aria-label="Filter by text" placeholder="Search the runs" value={view.q} onChange={(e) => onChange({ q: e.target.value })} className="pl-8" />
        </div>
        <Select aria-label="Method" value={equals('method')} onChange={(e) => onChange({ filter: withEquals(filters, 'method', e.target.value) })} className="min-w-28 flex-1 sm:w-36 sm:flex-none">
          <option value="">All methods</option>
          {(Object.keys(METHOD_TITLES) as Method[]).map((method) => (
            <option key={method} value={method}>
              {METHOD_TITLES[method]}
            </option>
          ))}
        </Select>
        <Select aria-label="State" value={view.archived === 'only' ? 'archived' : equals('state')} onChange={(e) => onChange(e.target.value === 'archived' ? { filter: withEquals(filters, 'state', ''), archived: 'only' } : { filter: withEquals(filters, 'state', e.target.value), archived: null })} className="min-w-28 flex-1 sm:w-32 sm:flex-none">
          <option value="">All states</option>
          {Object.entries(STATES).map(([value, label]) => (
            <option key={value} value={value}>
              {label}
            </option>
          ))}
          <option value="archived">Archived</option>
        </Select>
        <FilterEditor columns={all} tags={known?.tags ?? []} onAdd={(filter) => onChange({ filter: formatFilters([...filters, filter]) })} />
        <ColumnChooser all={all} shown={shown} pinned={state.pinned} onChange={onChange} />
        <SavedViews />
        <div className="ml-auto flex flex-wrap items-center gap-2">
          <Choice
            label="Groups"
            value={view.group}
            onChange={(group) => onChange({ group: group === 'none' ? null : group })}
            options={[
              { value: 'none', label: 'Runs' },
              { value: 'seeds', label: 'By seed' },
            ]}
          />
          <Choice label="Checkpoint that the measures are of" value={typeof at === 'number' ? 'step' : at} onChange={(next) => onChange({ at: next === 'best' ? null : next === 'step' ? String(FIRST_STEP) : next })} options={AT} />
          {typeof at === 'number' && (
            <Input type="number" min={0} inputMode="numeric" aria-label="Last checkpoint at or before this optimizer step" value={at} onChange={(e) => e.target.value !== '' && onChange({ at: String(Math.max(0, Math.round(e.target.valueAsNumber))) })} className="tabular w-24" />
          )}
        </div>
      </div>
      {(others.length > 0 || baselineName !== null || isNarrowed(view)) && (
        <ul className="flex flex-wrap items-center gap-1.5" aria-label="Filters in force">
          {baselineName !== null && <Chip text={`Differences to ${baselineName}`} label="No baseline" onRemove={() => onChange({ base: null })} />}
          {others.map((filter) => (
            <Chip key={formatFilters([filter])} text={`${all.find((column) => column.id === filter.column)?.label ?? filter.column} ${filter.op} ${filter.value}`} label={`Remove the filter on ${filter.column}`} onRemove={() => onChange({ filter: formatFilters(filters.filter((each) => each !== filter)) || null })} />
          ))}
          {isNarrowed(view) && (
            <li>
              <Button variant="ghost" size="sm" onClick={() => onChange({ q: null, filter: null })}>
                Clear all
              </Button>
            </li>
          )}
        </ul>
      )}
    </div>
  )
}

function Chip({ text, label, onRemove }: { text: string; label: string; onRemove: () => void }) {
  return (
    <li className="inline-flex h-7 max-w-full items-center gap-1 rounded-md border border-line bg-surface pr-1 pl-2 text-sm">
      <span className="truncate">{text}</span>
      <button type="button" aria-label={label} onClick={onRemove} className="rounded p-0.5 text-ink-3 hover:bg-hover hover:text-ink">
        <X className="size-3.5" aria-hidden />
      </button>
    </li>
  )
}
