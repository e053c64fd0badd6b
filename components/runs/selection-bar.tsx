// Appears when runs are selected: leads to their comparison.
'use client'
import { GitCompareArrows } from 'lucide-react'
import { Button, ButtonLink } from '@/components/ui/button'

export function SelectionBar({ ids, onClear }: { ids: string[]; onClear: () => void }) {
  if (ids.length === 0) return null
  return (
    <div role="region" aria-label="Selected runs" className="fixed inset-x-4 bottom-18 z-20 mx-auto flex max-w-md items-center gap-2 rounded-lg border border-line bg-raised p-2 pl-4 shadow-float md:bottom-6">
      <span className="tabular text-sm font-medium">{ids.length} selected</span>
      <Button variant="ghost" onClick={onClear} className="ml-auto">
        Clear
      </Button>
      <ButtonLink href={`/compare?runs=${ids.join(',')}`} variant="primary">
        <GitCompareArrows /> Compare
      </ButtonLink>
    </div>
  )
}
