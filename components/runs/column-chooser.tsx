// Which columns the table of runs shows and which stay in place when it scrolls sideways.
'use client'
import { Columns3, Pin, PinOff } from 'lucide-react'
import { useState } from 'react'
import { formatCount } from '@/components/format'
import { Button } from '@/components/ui/button'
import { Checkbox } from '@/components/ui/checkbox'
import { Input } from '@/components/ui/field'
import { Popup } from '@/components/ui/popover'
import { DEFAULT_PINNED, type TableColumn, columnsText } from './prepare-columns'

interface ColumnChooserProps {
  all: TableColumn[]
  shown: TableColumn[]
  pinned: string[]
  onChange: (changes: Record<string, string | null>) => void
}

const KINDS = { fact: 'Facts', measure: 'Measures', config: 'Settings' } as const
/** More than this scroll better behind a search. */
const LISTED = 60

export function ColumnChooser({ all, shown, pinned, onChange }: ColumnChooserProps) {
  const [search, setSearch] = useState('')
  const ids = shown.map((column) => column.id)
  const show = (next: string[]) => onChange({ cols: columnsText(next, all) })
  const toggle = (id: string) => show(ids.includes(id) ? ids.filter((each) => each !== id) : [...ids, id])
  const pin = (next: string[]) => onChange({ pin: next.join(';') === DEFAULT_PINNED.join(';') ? null : next.join(';') })
  const toggleKind = (kind: TableColumn['kind']) => {
    const own = all.filter((column) => column.kind === kind).map((column) => column.id)
    show(own.every((id) => ids.includes(id)) ? ids.filter((id) => !own.includes(id)) : [...ids.filter((id) => !own.includes(id)), ...own])
  }
  return (
    <Popup
      label="Choose columns"
      align="start"
      trigger={
        <Button>
          <Columns3 /> Columns
        </Button>
      }
    >
      <div className="flex flex-col gap-2">
        <div className="flex items-center gap-2">
          <Input type="search" aria-label="Search the columns" placeholder={`Search ${formatCount(all.length)} columns`} value={search} onChange={(e) => setSearch(e.target.value)} />
          <Button variant="ghost" size="sm" onClick={() => onChange({ cols: null, pin: null })}>
            Reset
          </Button>
        </div>
        <div className="max-h-96 overflow-y-auto" tabIndex={0} role="group" aria-label="Columns">
          {(['fact', 'measure', 'config'] as const).map((kind) => {
            const own = all.filter((column) => column.kind === kind)
            const found = own.filter((column) => column.label.toLowerCase().includes(search.toLowerCase()))
            if (found.length === 0) return null
            const every = own.every((column) => ids.includes(column.id))
            return (
              <fieldset key={kind} className="mb-2">
                <legend className="flex w-full items-center justify-between py-1 text-xs font-semibold text-ink-3">
                  {KINDS[kind]}
                  {kind !== 'fact' && (
                    <button type="button" onClick={() => toggleKind(kind)} className="font-medium text-accent hover:underline">
                      {every ? 'None' : `All ${formatCount(own.length)}`}
                    </button>
                  )}
                </legend>
                {found.slice(0, LISTED).map((column) => (
                  <div key={column.id} className="flex items-center rounded hover:bg-hover">
                    <label className="flex min-w-0 flex-1 items-center gap-2 px-1 py-1 text-sm">
                      <Checkbox checked={ids.includes(column.id)} disabled={column.id === 'name'} onChange={() => toggle(column.id)} />
                      <span className="truncate">{column.label}</span>
                    </label>
                    {ids.includes(column.id) && (
                      <button
                        type="button"
                        aria-pressed={pinned.includes(column.id)}
                        aria-label={`${pinned.includes(column.id) ? 'Unpin' : 'Pin'} ${column.label}`}
                        title={pinned.includes(column.id) ? 'Unpin' : 'Pin to the left'}
                        onClick={() => pin(pinned.includes(column.id) ? pinned.filter((each) => each !== column.id) : [...pinned, column.id])}
                        className="rounded p-1.5 text-ink-3 hover:text-ink"
                      >
                        {pinned.includes(column.id) ? <PinOff className="size-3.5 text-accent" aria-hidden /> : <Pin className="size-3.5" aria-hidden />}
                      </button>
                    )}
                  </div>
                ))}
                {found.length > LISTED && <p className="px-1 text-xs text-ink-3">{`${formatCount(found.length - LISTED)} more; search for them`}</p>}
              </fieldset>
            )
          })}
        </div>
      </div>
    </Popup>
  )
}
