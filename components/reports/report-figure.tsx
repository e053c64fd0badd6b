// What a chart and a table of a report have in common: caption, and what is said while runs are read or where they are gone.
import type { ReactNode } from 'react'
import { Skeleton } from '@/components/ui/skeleton'
import type { ReportRuns } from './use-report-runs'

export function ReportFigure({ caption, state: { runs, missing, error, loading }, children }: { caption: string; state: ReportRuns; children: ReactNode }) {
  return (
    <figure data-figure className="min-w-0 rounded-lg border border-line bg-surface p-3">
      {runs.length > 0 ? children : loading ? <Skeleton className="h-56" /> : null}
      {error && (
        <p role="alert" className="text-sm text-bad">
          A run could not be read: {error.message}
        </p>
      )}
      {missing.length > 0 && <p className="text-sm text-warn">{`No longer there: ${missing.join(', ')}`}</p>}
      <figcaption className="mt-2 px-1 text-xs text-ink-3">{caption}</figcaption>
    </figure>
  )
}
