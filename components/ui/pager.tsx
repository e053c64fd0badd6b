// Previous and next page of a long list, and which part is on screen.
'use client'
import { ChevronLeft, ChevronRight } from 'lucide-react'
import { formatCount } from '@/components/format'
import { Button } from './button'

export function Pager({ offset, limit, total, onChange }: { offset: number; limit: number; total: number; onChange: (offset: number) => void }) {
  return (
    <nav aria-label="Pages" className="flex items-center justify-end gap-2 text-sm text-ink-2">
      <span className="tabular">
        {total === 0 ? '0' : `${formatCount(offset + 1)}–${formatCount(Math.min(offset + limit, total))}`} of {formatCount(total)}
      </span>
      <Button size="icon-sm" aria-label="Previous page" disabled={offset === 0} onClick={() => onChange(Math.max(0, offset - limit))}>
        <ChevronLeft />
      </Button>
      <Button size="icon-sm" aria-label="Next page" disabled={offset + limit >= total} onClick={() => onChange(offset + limit)}>
        <ChevronRight />
      </Button>
    </nav>
  )
}
