// The judged queries of a run: search, sort by measure to find where it fails, open one to see its ranking.
'use client'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { ArrowDown, ArrowUp, ListOrdered, Search } from 'lucide-react'
import Link from 'next/link'
import { useEffect, useState } from 'react'
import { MEASURES, MEASURE_RULES, type MeasureName } from '@/contract/measure'
import type { QueryResult } from '@/contract/query'
import type { RunDetail } from '@/contract/run'
import { type QueryListParams, QUERY_SORTS, type QuerySort, api, keys } from '@/components/api'
import { LineMark } from '@/components/charts/line-mark'
import { formatCount, formatMeasure } from '@/components/format'
import { PageHeader } from '@/components/shell/page-header'
import { ReadState } from '@/components/shell/read-state'
import { Button, ButtonLink } from '@/components/ui/button'
import { cn } from '@/components/ui/class-names'
import { Input } from '@/components/ui/field'
import { EmptyState } from '@/components/ui/notice'
import { Pager } from '@/components/ui/pager'
import { Skeleton, SkeletonRows } from '@/components/ui/skeleton'
import { useUrlState } from '@/components/use-url-state'
import { CheckpointSelect } from './checkpoint-select'
import { RankMovement } from './rank-movement'
import { useCheckpoint } from './use-checkpoint'

const LIMIT = 50
const TYPING_MS = 250

export function QueriesView({ runId }: { runId: string }) {
  const run = useQuery({ queryKey: keys.run(runId), queryFn: ({ signal }) => api.run(runId, signal) })
  const { checkpoint, setCheckpoint } = useCheckpoint(run.data)
  return (
    <ReadState data={run.data} error={run.error} what="The run" onRetry={() => void run.refetch()} skeleton={<QueriesSkeleton />}>
      {(data) => {
        const evaluation = data.evaluations.find((candidate) => candidate.checkpointStep === checkpoint)
        return (
          <>
            <PageHeader
              windowTitle={`Queries of ${data.name}`}
              title="Queries"
              crumbs={[{ href: '/runs', label: 'Runs' }, { href: `/runs/${data.id}`, label: data.name }]}
              note={
                evaluation && (
                  <span className="tabular inline-flex flex-wrap items-center gap-x-3">
                    <LineMark colorIndex={data.colorIndex} />
                    {data.datasetName}, {evaluation.split}, n {formatCount(evaluation.n)}
                    {MEASURES.map((measure) => evaluation.measures[measure] !== undefined && <span key={measure}>{`${measure} ${formatMeasure(evaluation.measures[measure])}`}</span>)}
                  </span>
                )
              }
              actions={checkpoint !== null && <CheckpointSelect run={data} value={checkpoint} onChange={setCheckpoint} />}
            />
            {checkpoint === null ? (
              <EmptyState icon={<ListOrdered />} title="No checkpoint is judged yet" actions={<ButtonLink href={`/runs/${data.id}`}>Watch the run</ButtonLink>}>
                Queries appear here with the first evaluation.
              </EmptyState>
            ) : (
              <>
                <RankMovement run={data} />
                <QueryList run={data} checkpoint={checkpoint} />
              </>
            )}
          </>
        )
      }}
    </ReadState>
  )
}

function QueryList({ run, checkpoint }: { run: RunDetail; checkpoint: number }) {
  const url = useUrlState()
  const sort = QUERY_SORTS.find((candidate) => candidate === url.get('sort')) ?? 'row'
  const params: QueryListParams = { checkpoint, sort, order: url.get('order') === 'desc' ? 'desc' : 'asc', q: url.get('q') ?? '', offset: Number(url.get('offset') ?? 0) || 0, limit: LIMIT }
  const page = useQuery({ queryKey: keys.queries(run.id, params), queryFn: ({ signal }) => api.queries(run.id, params, signal), placeholderData: keepPreviousData })

  // What is typed is looked for when the typing pauses.
  const [typed, setTyped] = useState(params.q)
  useEffect(() => {
    if (typed === (new URLSearchParams(window.location.search).get('q') ?? '')) return
    const timer = setTimeout(() => url.set({ q: typed, offset: null }), TYPING_MS)
    return () => clearTimeout(timer)
  }, [typed, url])

  const sortBy = (key: QuerySort) => url.set({ sort: key === 'row' ? null : key, order: key !== sort ? null : params.order === 'asc' ? 'desc' : null, offset: null })
  return (
    <>
      <div className="mb-3 flex flex-wrap items-center gap-2">
        <div className="relative w-full sm:w-80">
          <Search className="pointer-events-none absolute top-1/2 left-2.5 size-4 -translate-y-1/2 text-ink-3" aria-hidden />
          <Input type="search" aria-label="Search the queries" placeholder="Words of the query" value={typed} onChange={(e) => setTyped(e.target.value)} className="pl-8" />
        </div>
        {page.data && (
          <div className="ml-auto">
            <Pager offset={params.offset} limit={LIMIT} total={page.data.total} onChange={(offset) => url.set({ offset: offset === 0 ? null : String(offset) })} />
          </div>
        )}
      </div>
      <ReadState data={page.data} error={page.error} what="The list of queries" onRetry={() => void page.refetch()} skeleton={<SkeletonRows rows={12} />}>
        {({ results, total }) =>
          total === 0 ? (
            <EmptyState title="No query has these words" actions={<Button onClick={() => setTyped('')}>Show all queries</Button>} />
          ) : (
            <div className={cn('overflow-hidden rounded-lg border border-line bg-surface transition-opacity', page.isPlaceholderData && 'opacity-60')}>
              <table className="tabular w-full table-fixed text-sm">
                <thead className="text-xs text-ink-3">
                  <tr className="h-9 border-b border-line">
                    <SortHead name="row" label="Query" sort={sort} order={params.order} onSort={sortBy} className="px-4 text-left" />
                    <th scope="col" className="hidden w-44 px-3 text-left font-medium lg:table-cell">
                      Official id
                    </th>
                    {MEASURES.map((measure) => (
                      <SortHead key={measure} name={measure} label={measure} sort={sort} order={params.order} onSort={sortBy} className={cn('w-[5rem] pr-3 pl-1 text-right sm:w-28 sm:px-4', measure === 'NDCG@10' && 'hidden sm:table-cell')} />
                    ))}
                  </tr>
                </thead>
                <tbody>
                  {results.map((result) => (
                    <QueryRow key={result.row} runId={run.id} checkpoint={checkpoint} result={result} />
                  ))}
                </tbody>
              </table>
            </div>
          )
        }
      </ReadState>
    </>
  )
}

function SortHead({ name, label, sort, order, onSort, className }: { name: QuerySort; label: string; sort: QuerySort; order: 'asc' | 'desc'; onSort: (name: QuerySort) => void; className: string }) {
  const active = sort === name
  const Arrow = order === 'asc' ? ArrowUp : ArrowDown
  return (
    <th scope="col" aria-sort={active ? (order === 'asc' ? 'ascending' : 'descending') : undefined} className={className} title={name === 'row' ? 'In the order of the data set' : MEASURE_RULES[name]}>
      <button type="button" onClick={() => onSort(name)} className={cn('inline-flex h-7 items-center gap-1 font-medium hover:text-ink', active && 'text-ink')}>
        {label}
        <Arrow aria-hidden className={cn('size-3', !active && 'hidden')} />
      </button>
    </th>
  )
}

function QueryRow({ runId, checkpoint, result }: { runId: string; checkpoint: number; result: QueryResult }) {
  return (
    <tr className="border-b border-line last:border-0 hover:bg-hover">
      <td className="px-4 py-2">
        <Link href={`/runs/${runId}/queries/${result.row}?checkpoint=${checkpoint}`} className="line-clamp-2 text-base text-ink hover:underline">
          {result.text}
        </Link>
      </td>
      <td className="hidden truncate px-3 font-mono text-xs text-ink-3 lg:table-cell" title={result.id}>
        {result.id}
      </td>
      {MEASURES.map((measure) => (
        <td key={measure} className={cn('pr-3 pl-1 text-right sm:px-4', measure === 'NDCG@10' && 'hidden sm:table-cell')}>
          <ValueCell measure={measure} value={result.measures[measure]} />
        </td>
      ))}
    </tr>
  )
}

/** A bar under the number shows its size at a glance; a missing value is a dash, not a zero. */
function ValueCell({ measure, value }: { measure: MeasureName; value: number | undefined }) {
  if (value === undefined)
    return (
      <span className="text-ink-3" title={`${measure} was not computed for this query`}>
        –
      </span>
    )
  return (
    <span className="ml-auto flex w-14 flex-col items-end gap-0.5 sm:w-20">
      <span className={value === 0 ? 'text-ink-3' : undefined}>{formatMeasure(value)}</span>
      <span className="h-0.5 w-full bg-line" aria-hidden>
        <span className="ml-auto block h-full bg-ink-3" style={{ width: `${value * 100}%` }} />
      </span>
    </span>
  )
}

function QueriesSkeleton() {
  return (
    <>
      <Skeleton className="mb-2 h-7 w-48" />
      <Skeleton className="mb-4 h-5 w-80 max-w-full" />
      <SkeletonRows rows={12} />
    </>
  )
}
