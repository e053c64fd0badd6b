// Filters of the list of runs, and which checkpoint its measures are of.
'use client'
import { Search, X } from 'lucide-react'
import { METHOD_TITLES, type Method } from '@/contract/run'
import { Button } from '@/components/ui/button'
import { Choice } from '@/components/ui/choice'
import { Input, Select } from '@/components/ui/field'
import { type Checkpoint, type RunsFilter, STATE_GROUPS } from './prepare-runs'

interface RunsFilterBarProps {
  filter: RunsFilter
  which: Checkpoint
  onChange: (changes: Record<string, string | null>) => void
  onClear: () => void
}

const WHICH = [
  { value: 'best', label: 'Best checkpoint' },
  { value: 'last', label: 'Last' },
] as const

export function RunsFilterBar({ filter, which, onChange, onClear }: RunsFilterBarProps) {
  return (
    <div className="mb-3 flex flex-wrap items-center gap-2">
      <div className="relative w-full sm:w-64">
        <Search className="pointer-events-none absolute top-1/2 left-2.5 size-4 -translate-y-1/2 text-ink-3" aria-hidden />
        <Input type="search" aria-label="Filter by text" placeholder="Name, method, data set" value={filter.q} onChange={(e) => onChange({ q: e.target.value })} className="pl-8" />
      </div>
      <Select aria-label="Method" value={filter.method ?? ''} onChange={(e) => onChange({ method: e.target.value })} className="min-w-32 flex-1 sm:w-auto sm:flex-none">
        <option value="">All methods</option>
        {(Object.keys(METHOD_TITLES) as Method[]).map((method) => (
          <option key={method} value={method}>
            {METHOD_TITLES[method]}
          </option>
        ))}
      </Select>
      <Select aria-label="State" value={filter.state ?? ''} onChange={(e) => onChange({ state: e.target.value })} className="min-w-32 flex-1 sm:w-auto sm:flex-none">
        <option value="">All states</option>
        {STATE_GROUPS.map((group) => (
          <option key={group.value} value={group.value}>
            {group.label}
          </option>
        ))}
      </Select>
      {(filter.q || filter.method || filter.state) && (
        <Button variant="ghost" onClick={onClear}>
          <X /> Clear
        </Button>
      )}
      <div className="flex w-full items-center justify-between gap-2 sm:ml-auto sm:w-auto">
        <span className="text-sm text-ink-3">Measures at</span>
        <Choice label="Checkpoint that the measures are of" value={which} onChange={(at) => onChange({ at: at === 'best' ? null : at })} options={WHICH} />
      </div>
    </div>
  )
}
