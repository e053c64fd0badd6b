// Chooses the runs to compare from all runs, with a text filter.
'use client'
import { Plus } from 'lucide-react'
import { useState } from 'react'
import { METHOD_TITLES, type RunSummary } from '@/contract/run'
import { LineMark } from '@/components/charts/line-mark'
import { filterRuns } from '@/components/runs/prepare-runs'
import { Button } from '@/components/ui/button'
import { Checkbox } from '@/components/ui/checkbox'
import { Input } from '@/components/ui/field'
import { Popup } from '@/components/ui/popover'

export function RunPicker({ runs, selected, onChange }: { runs: RunSummary[]; selected: string[]; onChange: (ids: string[]) => void }) {
  const [q, setQ] = useState('')
  const shown = filterRuns(runs, { q, method: null, state: null })
  const toggle = (id: string) => onChange(selected.includes(id) ? selected.filter((other) => other !== id) : [...selected, id])
  return (
    <Popup
      label="Runs to compare"
      trigger={
        <Button variant={selected.length === 0 ? 'primary' : 'secondary'}>
          <Plus /> Choose runs
        </Button>
      }
    >
      <Input type="search" aria-label="Filter the runs" placeholder="Name, method, data set" value={q} onChange={(e) => setQ(e.target.value)} />
      <ul className="mt-2 max-h-72 overflow-y-auto">
        {shown.map((run) => (
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
        {shown.length === 0 && <li className="px-1 py-2 text-sm text-ink-3">No run matches.</li>}
      </ul>
    </Popup>
  )
}
