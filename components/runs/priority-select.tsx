// Chooses whether a live run's steps are begun before or after those of others.
'use client'
import { useQueryClient } from '@tanstack/react-query'
import { toast } from 'sonner'
import { PRIORITY_TITLES, type RunSummary } from '@/contract/run'
import { api, keys, messageOf } from '@/components/api'
import { Select } from '@/components/ui/field'

export function PrioritySelect({ run }: { run: RunSummary }) {
  const client = useQueryClient()
  const change = async (priority: number) => {
    try {
      await api.setPriority(run.id, priority)
      toast.success(`${run.name}: priority ${PRIORITY_TITLES[priority].toLowerCase()}`)
    } catch (error) {
      toast.error(messageOf(error))
    }
    await Promise.all([client.invalidateQueries({ queryKey: keys.run(run.id), exact: true }), client.invalidateQueries({ queryKey: keys.runs })])
  }
  return (
    <Select aria-label="Priority" title="Steps of a higher priority are begun first; a running step is not interrupted" value={run.priority} onChange={(e) => void change(Number(e.target.value))} className="w-auto">
      {[2, 1, 0, -1, -2].map((priority) => (
        <option key={priority} value={priority}>
          {PRIORITY_TITLES[priority]} priority
        </option>
      ))}
    </Select>
  )
}
