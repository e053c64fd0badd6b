// Chooses the runs to compare, among all.
'use client'
import { Plus } from 'lucide-react'
import { CHOICE_CLASS, RunLine, RunSearch } from '@/components/runs/run-search'
import { Button } from '@/components/ui/button'
import { Checkbox } from '@/components/ui/checkbox'
import { Popup } from '@/components/ui/popover'

export function RunPicker({ selected, onChange }: { selected: string[]; onChange: (ids: string[]) => void }) {
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
      <RunSearch
        choice={(run) => (
          <label className={CHOICE_CLASS}>
            <Checkbox checked={selected.includes(run.id)} onChange={() => toggle(run.id)} />
            <RunLine run={run} />
          </label>
        )}
      />
    </Popup>
  )
}
