// How far the means can be trusted where documents are unjudged: official, with the judgements made here, and both ends of what holes could make of them.
'use client'
import { useQuery } from '@tanstack/react-query'
import { ChevronRight, Download } from 'lucide-react'
import { useState } from 'react'
import type { BoundedMeasure } from '@/contract/judgement'
import type { RunDetail } from '@/contract/run'
import { api, keys } from '@/components/api'
import { formatCount, formatMeasure } from '@/components/format'
import { ReadState } from '@/components/shell/read-state'
import { buttonClass } from '@/components/ui/button'
import { cn } from '@/components/ui/class-names'
import { SkeletonRows } from '@/components/ui/skeleton'

export function RunBoundsView({ run, checkpoint }: { run: RunDetail; checkpoint: number }) {
  const [open, setOpen] = useState(false)
  const bounds = useQuery({ queryKey: keys.bounds(run.id, checkpoint), queryFn: ({ signal }) => api.bounds(run.id, checkpoint, signal), enabled: open })
  return (
    <section aria-label="Unjudged documents" className="mb-4 rounded-lg border border-line bg-surface">
      <button type="button" aria-expanded={open} onClick={() => setOpen(!open)} className="flex h-9 w-full items-center gap-2 px-4 text-sm text-ink-2 hover:text-ink">
        <ChevronRight aria-hidden className={cn('size-4 transition-transform', open && 'rotate-90')} /> What unjudged documents could make of the measures
      </button>
      {open && (
        <div className="px-4 pb-4">
          <ReadState data={bounds.data} error={bounds.error} what="The bounds" onRetry={() => void bounds.refetch()} skeleton={<SkeletonRows rows={3} className="h-6" />}>
            {(data) => (
              <>
                <p className="mb-2 max-w-prose text-sm text-ink-2">
                  {`${(100 * data.judgedShare).toFixed(1)} % of the documents in the first 10 are judged.`} {data.ownJudgements === 0 ? 'Nothing was judged here yet; open a query to judge what it found.' : `${formatCount(data.ownJudgements)} judgements were made here. They are a layer of their own: the official values do not contain them.`}
                </p>
                <BoundsTable measures={data.measures} />
                {data.ownJudgements > 0 && (
                  <a href={api.judgementsFile(run.datasetId)} download className={cn(buttonClass({ size: 'sm' }), 'mt-3')}>
                    <Download /> Judgements made here (qrels)
                  </a>
                )}
              </>
            )}
          </ReadState>
        </div>
      )}
    </section>
  )
}

/** Also on the page of a query. */
export function BoundsTable({ measures }: { measures: Record<string, BoundedMeasure> }) {
  return (
    <div className="relative overflow-x-auto">
      <table className="tabular text-sm">
        <thead className="text-xs text-ink-3">
          <tr>
            {['Measure', 'Official', 'With judgements made here', 'If no hole were relevant', 'If all were'].map((title, i) => (
              <th key={title} scope="col" className={cn('py-1 pr-6 font-medium', i === 0 ? 'text-left' : 'text-right')}>
                {title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {Object.entries(measures).map(([measure, { official, own, least, most }]) => (
            <tr key={measure}>
              <th scope="row" className="py-0.5 pr-6 text-left font-normal text-ink-2">
                {measure}
              </th>
              <td className="pr-6 text-right font-medium">{formatMeasure(official)}</td>
              <td className="pr-6 text-right">{own === null ? <span className="text-ink-3">–</span> : formatMeasure(own)}</td>
              <td className="pr-6 text-right">{formatMeasure(least)}</td>
              <td className="pr-6 text-right">{formatMeasure(most)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}
