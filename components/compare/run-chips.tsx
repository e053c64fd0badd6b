// The compared runs in order; the first is the baseline. Each can be made the baseline or taken out.
'use client'
import { Flag, X } from 'lucide-react'
import { PageLink } from '@/components/ui/page-link'
import type { RunSummary } from '@/contract/run'
import { LineMark } from '@/components/charts/line-mark'
import { Badge } from '@/components/ui/badge'
import { Button } from '@/components/ui/button'

export function RunChips({ runs, onChange }: { runs: Pick<RunSummary, 'id' | 'name' | 'colorIndex'>[]; onChange: (ids: string[]) => void }) {
  const ids = runs.map((run) => run.id)
  return (
    <ul aria-label="Compared runs" className="mb-4 flex flex-wrap gap-2">
      {runs.map((run, i) => (
        <li key={run.id} className="flex h-9 max-w-full items-center gap-2 rounded-md border border-line bg-surface pr-1 pl-3">
          <LineMark colorIndex={run.colorIndex} />
          <PageLink href={`/runs/${run.id}`} className="truncate text-sm font-medium hover:underline">
            {run.name}
          </PageLink>
          {i === 0 ? (
            <Badge>baseline</Badge>
          ) : (
            <Button variant="ghost" size="icon-sm" aria-label={`Make ${run.name} the baseline`} title="Make it the baseline" onClick={() => onChange([run.id, ...ids.filter((id) => id !== run.id)])}>
              <Flag />
            </Button>
          )}
          <Button variant="ghost" size="icon-sm" aria-label={`Take ${run.name} out`} title="Take it out" onClick={() => onChange(ids.filter((id) => id !== run.id))}>
            <X />
          </Button>
        </li>
      ))}
    </ul>
  )
}
