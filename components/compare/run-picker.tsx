// Chooses the runs to compare; the server searches among all of them.
'use client'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { Plus } from 'lucide-react'
import { useState } from 'react'
import { METHOD_TITLES } from '@/contract/run'
import { api, keys } from '@/components/api'
import { LineMark } from '@/components/charts/line-mark'
import { formatCount } from '@/components/format'
import { Button } from '@/components/ui/button'
import { Checkbox } from '@/components/ui/checkbox'
import { Input } from '@/components/ui/field'
import { Popup } from '@/components/ui/popover'

const LISTED = 50

export function RunPicker({ selected, onChange }: { selected: string[]; onChange: (ids: string[]) => void }) {
  const [open, setOpen] = useState(false)
  const [q, setQ] = useState('')
  const found = useQuery({ queryKey: keys.runTable({ picker: q }, 0), queryFn: ({ signal }) => api.runTable({ q, limit: LISTED }, signal), enabled: open, placeholderData: keepPreviousData })
  const runs = found.data?.items.flat() ?? []
  const toggle = (id: string) => onChange(selected.includes(id) ? selected.filter((other) => other !== id) : [...selected, id])
  return (
    <Popup
      label="Runs to compare"
      open={open}
      onOpenChange={setOpen}
      trigger={
        <Button variant={selected.length === 0 ? 'primary' : 'secondary'}>
          <Plus /> Choose runs
        </Button>
      }
    >
      <Input type="search" aria-label="Filter the runs" placeholder="Name, method, data set, tag" value={q} onChange={(e) => setQ(e.target.value)} />
      {found.error && (
        <p role="alert" className="mt-2 text-sm text-bad">
          {found.error.message}
        </p>
      )}
      <ul className="mt-2 max-h-72 overflow-y-auto">
        {runs.map((run) => (
          <li key={run.id}>
            <label className="flex min-h-9 items-center gap-2 rounded px-1 hover:bg-hover dark:hover:bg-line">
              <Checkbox checked={selected.includes(run.id)} onChange={() => toggle(run.id)} />
              <LineMark colorIndex={run.colorIndex} />
              <span className="min-w-0 flex-1 truncate text-sm">{run.name}</span>
              <span className="text-xs whitespace-nowrap text-ink-3">
                {METHOD_TITLES[run.method]} · {run.datasetName}
              </span>
            </label>
          </li>
        ))}
        {found.data && runs.length === 0 && <li className="px-1 py-2 text-sm text-ink-3">No run matches.</li>}
        {found.data && found.data.total > LISTED && <li className="px-1 py-2 text-xs text-ink-3">{`${formatCount(found.data.total - LISTED)} more; search for them`}</li>}
      </ul>
    </Popup>
  )
}
