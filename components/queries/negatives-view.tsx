// Likely false negatives of a run: what was mined as a hard negative beside the document that is judged relevant.
'use client'
import { useQuery } from '@tanstack/react-query'
import type { MinedNegatives } from '@/contract/query'
import { api, keys } from '@/components/api'
import { formatCount } from '@/components/format'
import { PageHeader } from '@/components/shell/page-header'
import { ReadState } from '@/components/shell/read-state'
import { Badge } from '@/components/ui/badge'
import { EmptyState } from '@/components/ui/notice'
import { Panel } from '@/components/ui/panel'
import { SkeletonRows } from '@/components/ui/skeleton'
import { markTerms, queryTerms } from './prepare-highlight'

export function NegativesView({ runId }: { runId: string }) {
  const run = useQuery({ queryKey: keys.run(runId), queryFn: ({ signal }) => api.run(runId, signal) })
  const negatives = useQuery({ queryKey: keys.negatives(runId), queryFn: ({ signal }) => api.negatives(runId, signal) })
  return (
    <>
      <PageHeader
        windowTitle={`Mined negatives of ${run.data?.name ?? 'a run'}`}
        title="Likely false negatives"
        crumbs={[{ href: '/runs', label: 'Runs' }, ...(run.data ? [{ href: `/runs/${runId}`, label: run.data.name }] : [])]}
        note="Documents that training pushes away as hard negatives and that nobody judged: they may be relevant."
      />
      <ReadState data={negatives.data} error={negatives.error} what="The mined negatives" onRetry={() => void negatives.refetch()} skeleton={<SkeletonRows rows={8} className="h-24" />}>
        {(data) => (
          <>
            <Summary data={data} />
            {data.suspects.length === 0 ? (
              <EmptyState title="No mined negative looks relevant">None scores above or near a relevant document, or repeats its words.</EmptyState>
            ) : (
              <Panel title="Most suspicious first" note={`${data.suspects.length} shown`} bodyClassName="px-0 pb-0">
                <ol>
                  {data.suspects.map((suspect) => (
                    <SuspectRow key={`${suspect.query.row} ${suspect.doc.row}`} suspect={suspect} />
                  ))}
                </ol>
              </Panel>
            )}
          </>
        )}
      </ReadState>
    </>
  )
}

function Summary({ data: { queries, allQueries, looked, above, near, duplicates } }: { data: MinedNegatives }) {
  const share = (count: number) => (looked === 0 ? '–' : `${((100 * count) / looked).toFixed(1)} %`)
  const facts = [
    { label: 'score above the relevant document', value: share(above) },
    { label: 'score within 5 % of it', value: share(near) },
    { label: 'share 70 % of its words or more', value: share(duplicates) },
  ]
  return (
    <div className="mb-4">
      <dl className="grid gap-3 sm:grid-cols-3">
        {facts.map(({ label, value }) => (
          <div key={label} className="rounded-lg border border-line bg-surface px-4 py-3">
            <dd className="tabular text-2xl font-semibold tracking-tight">{value}</dd>
            <dt className="text-sm text-ink-2">{label}</dt>
          </div>
        ))}
      </dl>
      <p className="mt-2 text-xs text-ink-3">
        Of the first 10 negatives of {queries === allQueries ? `all ${formatCount(allQueries)}` : `the first ${formatCount(queries)} of ${formatCount(allQueries)}`} training queries, {formatCount(looked)} in all, with the scores that they were mined by.
      </p>
    </div>
  )
}

function SuspectRow({ suspect: { query, doc, rank, score, positive, positiveScore, overlap } }: { suspect: MinedNegatives['suspects'][number] }) {
  const terms = queryTerms(query.text)
  return (
    <li className="border-t border-line px-4 py-3">
      <p className="mb-2 text-base font-medium text-pretty">{query.text}</p>
      <div className="grid gap-3 md:grid-cols-2">
        <Text label={`Mined negative, rank ${rank}, score ${score.toFixed(3)}`} id={doc.id} text={doc.text} terms={terms} badge={<Badge tone={overlap >= 0.7 ? 'warn' : 'plain'}>{Math.round(overlap * 100)} % words in common</Badge>} />
        <Text label={positiveScore === null ? 'Judged relevant, not retrieved' : `Judged relevant, score ${positiveScore.toFixed(3)}`} id={positive.id} text={positive.text} terms={terms} />
      </div>
    </li>
  )
}

function Text({ label, id, text, terms, badge }: { label: string; id: string; text: string; terms: ReadonlySet<string>; badge?: React.ReactNode }) {
  return (
    <div className="min-w-0">
      <p className="tabular mb-0.5 flex flex-wrap items-center gap-x-2 text-xs text-ink-3">
        {label} <span className="font-mono">{id}</span> {badge}
      </p>
      <p className="line-clamp-6 text-sm break-words">
        {markTerms(text, terms).map((piece, i) => (piece.marked ? <mark key={i} className="rounded-sm bg-mark text-inherit">{piece.text}</mark> : piece.text))}
      </p>
    </div>
  )
}
