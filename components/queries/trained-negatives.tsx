// What a query was trained against: its mined hard negatives with the scores that they were mined by. On the page of the query.
'use client'
import { useQuery } from '@tanstack/react-query'
import type { RunDetail } from '@/contract/run'
import { api, keys } from '@/components/api'
import { ReadState } from '@/components/shell/read-state'
import { Panel } from '@/components/ui/panel'
import { SkeletonRows } from '@/components/ui/skeleton'
import { DocRow } from './doc-row'

export function TrainedNegatives({ run, row, terms, onJudge }: { run: RunDetail; row: number; terms: ReadonlySet<string>; onJudge: (docRow: number, grade: number | null) => void }) {
  const trained = useQuery({ queryKey: keys.trainedAgainst(run.id, row), queryFn: ({ signal }) => api.trainedAgainst(run.id, row, signal) })
  return (
    <Panel title="Trained against" note={trained.data?.reason === null ? `the first ${trained.data.negatives.length} mined negatives` : undefined} bodyClassName={trained.data?.reason === null ? 'px-0 pb-0' : undefined}>
      <ReadState data={trained.data} error={trained.error} what="What it was trained against" onRetry={() => void trained.refetch()} skeleton={<SkeletonRows rows={3} className="h-6" />}>
        {({ reason, negatives }) =>
          reason !== null ? (
            <p className="max-w-prose text-sm text-ink-2">{reason}</p>
          ) : (
            <ol className="max-h-[32rem] overflow-y-auto" tabIndex={0} aria-label="Mined negatives of this query">
              {negatives.map((doc) => (
                <DocRow key={doc.row} doc={{ ...doc, grade: null }} terms={terms} onJudge={onJudge} />
              ))}
            </ol>
          )
        }
      </ReadState>
    </Panel>
  )
}
