// What a query was trained against: its hard negatives, with the scores that they were mined by where there are some. On the page of the query.
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
  const listed = trained.data?.negatives.length ?? 0
  return (
    <Panel title="Trained against" note={listed > 0 ? `its first ${listed} hard negatives` : undefined} bodyClassName={listed > 0 ? 'px-0 pb-0' : undefined}>
      <ReadState data={trained.data} error={trained.error} what="What it was trained against" onRetry={() => void trained.refetch()} skeleton={<SkeletonRows rows={3} className="h-6" />}>
        {({ reason, negatives }) =>
          negatives.length === 0 ? (
            <p className="max-w-prose text-sm text-ink-2">{reason ?? 'It has no hard negatives: it was trained on the other queries’ documents.'}</p>
          ) : (
            <ol className="max-h-[32rem] overflow-y-auto" tabIndex={0} aria-label="Hard negatives of this query">
              {negatives.map((doc) => (
                <DocRow key={doc.row} doc={{ ...doc, score: doc.score ?? undefined, grade: null }} terms={terms} onJudge={onJudge} />
              ))}
            </ol>
          )
        }
      </ReadState>
    </Panel>
  )
}
