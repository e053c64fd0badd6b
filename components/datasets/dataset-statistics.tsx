// How long documents and queries are, how many relevant documents queries have, and how judgements are graded.
'use client'
import { useQuery } from '@tanstack/react-query'
import type { LengthStatistics } from '@/contract/dataset-browser'
import { api, keys } from '@/components/api'
import { Histogram } from '@/components/charts/histogram'
import { formatCount } from '@/components/format'
import { ReadState } from '@/components/shell/read-state'
import { Panel } from '@/components/ui/panel'
import { SkeletonRows } from '@/components/ui/skeleton'

export function DatasetStatisticsView({ id }: { id: string }) {
  const statistics = useQuery({ queryKey: keys.datasetStatistics(id), queryFn: ({ signal }) => api.datasetStatistics(id, signal), staleTime: Infinity })
  return (
    <ReadState data={statistics.data} error={statistics.error} what="The statistics" onRetry={() => void statistics.refetch()} skeleton={<SkeletonRows rows={4} className="h-32" />}>
      {({ docs, queries, relevantPerQuery, grades, relevantDocs }) => (
        <div className="grid gap-4 md:grid-cols-2 xl:grid-cols-3">
          <Lengths title="Words of documents" statistics={docs} />
          {queries.map((each) => (
            <Lengths key={each.split} title={`Words of ${each.split} queries`} statistics={each} />
          ))}
          <Panel title="Relevant documents per query" note={`${formatCount(relevantDocs)} documents are relevant to some query`}>
            <Bars label="Queries by number of relevant documents" bars={relevantPerQuery.map((count, i) => ({ name: i === relevantPerQuery.length - 1 ? `${i}+` : String(i), count }))} />
          </Panel>
          <Panel title="Judgements by grade" note="1 and above is relevant">
            <Bars label="Judgements by grade" bars={grades.map(({ grade, count }) => ({ name: String(grade), count }))} />
          </Panel>
        </div>
      )}
    </ReadState>
  )
}

function Lengths({ title, statistics: { rows, sampled, empty, mean, median, p95, longest, bins } }: { title: string; statistics: LengthStatistics }) {
  const facts: [string, string][] = [
    ['mean', mean.toFixed(1)],
    ['median', formatCount(median)],
    ['95 %', formatCount(p95)],
    ['longest', formatCount(longest)],
    ['empty', formatCount(empty)],
  ]
  return (
    <Panel title={title} note={sampled < rows ? `${formatCount(sampled)} of ${formatCount(rows)}, evenly spaced` : formatCount(rows)}>
      <Histogram label={title} bins={{ from: 0, ...bins }} formatX={(value) => formatCount(value)} />
      <dl className="tabular mt-2 flex flex-wrap gap-x-5 gap-y-1 text-sm">
        {facts.map(([name, value]) => (
          <div key={name} className="flex gap-1.5">
            <dt className="text-ink-3">{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </Panel>
  )
}

function Bars({ label, bars }: { label: string; bars: { name: string; count: number }[] }) {
  const most = Math.max(1, ...bars.map(({ count }) => count))
  return (
    <ul aria-label={label} className="tabular flex flex-col gap-1 text-sm">
      {bars
        .filter(({ count }) => count > 0)
        .map(({ name, count }) => (
          <li key={name} className="grid grid-cols-[2.5rem_minmax(0,1fr)_4rem] items-center gap-2">
            <span className="text-right text-ink-3">{name}</span>
            <span className="h-3 rounded-r-[2px] bg-accent" style={{ width: `${Math.max(0.5, (count / most) * 100)}%` }} aria-hidden />
            <span className="text-right">{formatCount(count)}</span>
          </li>
        ))}
    </ul>
  )
}
