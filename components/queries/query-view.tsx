// One query's ranking in a run: its text, the ranked documents with judgements and shared words, and the relevant ones it missed.
'use client'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { Check, ChevronLeft, ChevronRight } from 'lucide-react'
import { useRouter } from 'next/navigation'
import { useEffect, useMemo } from 'react'
import { MEASURES, MEASURE_RULES } from '@/contract/measure'
import type { QueryRanking, RankedDoc } from '@/contract/query'
import type { RunDetail } from '@/contract/run'
import { api, keys } from '@/components/api'
import { LineMark } from '@/components/charts/line-mark'
import { formatMeasure } from '@/components/format'
import { PageHeader } from '@/components/shell/page-header'
import { ReadState } from '@/components/shell/read-state'
import { Badge } from '@/components/ui/badge'
import { Button } from '@/components/ui/button'
import { cn } from '@/components/ui/class-names'
import { EmptyState } from '@/components/ui/notice'
import { Panel } from '@/components/ui/panel'
import { Skeleton, SkeletonRows } from '@/components/ui/skeleton'
import { CheckpointSelect } from './checkpoint-select'
import { markTerms, queryTerms } from './prepare-highlight'
import { QueryTrajectory } from './rank-movement'
import { useCheckpoint } from './use-checkpoint'

export function QueryView({ runId, row }: { runId: string; row: number }) {
  const run = useQuery({ queryKey: keys.run(runId), queryFn: ({ signal }) => api.run(runId, signal) })
  const { checkpoint, setCheckpoint } = useCheckpoint(run.data)
  const ranking = useQuery({
    queryKey: keys.ranking(runId, row, checkpoint),
    queryFn: ({ signal }) => api.ranking(runId, row, checkpoint, signal),
    enabled: checkpoint !== null,
    // Another checkpoint of the same query replaces the ranking when it is there, without a flash.
    placeholderData: (previous) => (previous?.row === row ? previous : undefined),
  })
  const noCheckpoint = run.data !== undefined && checkpoint === null
  if (noCheckpoint) return <EmptyState title="No checkpoint of this run is judged yet">Its rankings appear with the first evaluation.</EmptyState>
  const data = run.data && ranking.data ? { run: run.data, ranking: ranking.data } : undefined
  return (
    <ReadState data={data} error={run.error ?? ranking.error} what="The ranking" onRetry={() => void Promise.all([run.refetch(), ranking.refetch()])} skeleton={<QuerySkeleton />}>
      {(found) => <Ranking {...found} checkpoint={checkpoint!} onCheckpoint={setCheckpoint} />}
    </ReadState>
  )
}

function Ranking({ run, ranking, checkpoint, onCheckpoint }: { run: RunDetail; ranking: QueryRanking; checkpoint: number; onCheckpoint: (step: number) => void }) {
  const router = useRouter()
  const { previousRow, nextRow } = ranking
  const client = useQueryClient()
  // The neighbours are read ahead, so that leafing through the queries does not wait.
  useEffect(() => {
    for (const row of [previousRow, nextRow]) if (row !== null) void client.prefetchQuery({ queryKey: keys.ranking(run.id, row, checkpoint), queryFn: ({ signal }) => api.ranking(run.id, row, checkpoint, signal), staleTime: 60_000 })
  }, [client, run.id, previousRow, nextRow, checkpoint])
  const hrefOf = (row: number) => `/runs/${run.id}/queries/${row}?checkpoint=${checkpoint}`
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      const target = event.target as HTMLElement
      if (event.metaKey || event.ctrlKey || event.altKey || target.closest('input, select, textarea, [role="menu"], [role="dialog"]')) return
      const row = event.key === 'ArrowLeft' || event.key === 'k' ? previousRow : event.key === 'ArrowRight' || event.key === 'j' ? nextRow : null
      if (row !== null) router.push(hrefOf(row))
    }
    window.addEventListener('keydown', onKey)
    return () => window.removeEventListener('keydown', onKey)
  })
  const terms = useMemo(() => queryTerms(ranking.text), [ranking.text])
  const found = ranking.docs.filter((doc) => (doc.grade ?? 0) > 0)
  const all = found.length + ranking.missed.length
  return (
    <>
      <PageHeader
        windowTitle={ranking.text}
        title={<span className="text-pretty">{ranking.text}</span>}
        crumbs={[
          { href: '/runs', label: 'Runs' },
          { href: `/runs/${run.id}`, label: run.name },
          { href: `/runs/${run.id}/queries?checkpoint=${checkpoint}`, label: 'Queries' },
        ]}
        note={
          <span className="tabular flex flex-wrap items-center gap-x-4 gap-y-1">
            <span className="inline-flex items-center gap-2">
              <LineMark colorIndex={run.colorIndex} />
              <span className="font-mono text-xs text-ink-3" title="Official id">
                {ranking.id}
              </span>
            </span>
            {MEASURES.map((measure) => (
              <span key={measure} title={MEASURE_RULES[measure]}>
                {measure} <b className="font-semibold text-ink">{ranking.measures[measure] === undefined ? '–' : formatMeasure(ranking.measures[measure])}</b>
              </span>
            ))}
          </span>
        }
        actions={
          <>
            <CheckpointSelect run={run} value={checkpoint} onChange={onCheckpoint} />
            <Button size="icon" disabled={previousRow === null} aria-label="Previous query" title="Previous query (← or k)" onClick={() => previousRow !== null && router.push(hrefOf(previousRow))}>
              <ChevronLeft />
            </Button>
            <Button size="icon" disabled={nextRow === null} aria-label="Next query" title="Next query (→ or j)" onClick={() => nextRow !== null && router.push(hrefOf(nextRow))}>
              <ChevronRight />
            </Button>
          </>
        }
      />
      <QueryTrajectory run={run} row={ranking.row} checkpoint={checkpoint} onCheckpoint={onCheckpoint} />
      {ranking.missed.length > 0 && (
        <Panel className="mb-4" title={`Missed: ${ranking.missed.length} relevant ${ranking.missed.length === 1 ? 'document' : 'documents'} not in the top ${ranking.docs.length}`} bodyClassName="px-0 pb-0">
          <ol>
            {ranking.missed.map((doc) => (
              <DocRow key={doc.row} doc={doc} terms={terms} />
            ))}
          </ol>
        </Panel>
      )}
      <Panel title="Ranking" note={`${ranking.docs.length} documents, ${found.length} of ${all} relevant found${found.length > 0 ? `, the first at rank ${found[0].rank}` : ''}`} bodyClassName="px-0 pb-0">
        {ranking.docs.length === 0 ? (
          <p className="px-4 pb-4 text-sm text-ink-2">Nothing was retrieved: no document shares a word with this query.</p>
        ) : (
          <ol data-ranking>
            {ranking.docs.map((doc) => (
              <DocRow key={doc.row} doc={doc} terms={terms} />
            ))}
          </ol>
        )}
      </Panel>
    </>
  )
}

type ShownDoc = Pick<RankedDoc, 'row' | 'id' | 'text' | 'grade'> & Partial<Pick<RankedDoc, 'rank' | 'score'>>

function DocRow({ doc, terms }: { doc: ShownDoc; terms: ReadonlySet<string> }) {
  const isRelevant = (doc.grade ?? 0) > 0
  return (
    <li className={cn('grid grid-cols-[2.25rem_minmax(0,1fr)] gap-x-3 border-t border-line px-4 py-2.5', isRelevant && 'bg-ok-soft shadow-[inset_3px_0_0_var(--ok)]')} data-relevant={isRelevant}>
      <span className="tabular pt-px text-right text-base font-medium text-ink-3">{doc.rank ?? '–'}</span>
      <div className="min-w-0">
        <p className="max-w-[90ch] text-base break-words">
          {markTerms(doc.text, terms).map((piece, i) => (piece.marked ? <mark key={i} className="rounded-sm bg-mark text-inherit">{piece.text}</mark> : piece.text))}
        </p>
        <p className="tabular mt-0.5 flex flex-wrap items-center gap-x-3 text-xs text-ink-3">
          {isRelevant && (
            <Badge tone="ok" className="bg-surface">
              <Check aria-hidden /> relevant{doc.grade !== 1 && `, grade ${doc.grade}`}
            </Badge>
          )}
          {doc.grade === 0 && <Badge>judged not relevant</Badge>}
          <span className="font-mono">{doc.id}</span>
          {doc.score !== undefined && <span>score {doc.score.toFixed(3)}</span>}
        </p>
      </div>
    </li>
  )
}

function QuerySkeleton() {
  return (
    <>
      <Skeleton className="mb-2 h-5 w-64" />
      <Skeleton className="mb-2 h-7 w-[32rem] max-w-full" />
      <Skeleton className="mb-4 h-5 w-80 max-w-full" />
      <SkeletonRows rows={8} className="h-14" />
    </>
  )
}
