// One query's ranking in a run: its text, the ranked documents with judgements and shared words, the relevant ones it missed, other systems beside it.
'use client'
import { keepPreviousData, useQueries, useQuery, useQueryClient } from '@tanstack/react-query'
import { ChevronLeft, ChevronRight } from 'lucide-react'
import { useRouter } from 'next/navigation'
import { useEffect, useMemo, useState } from 'react'
import { MEASURES, MEASURE_RULES } from '@/contract/measure'
import type { QueryRanking } from '@/contract/query'
import type { RunDetail } from '@/contract/run'
import { api, keys } from '@/components/api'
import { LineMark } from '@/components/charts/line-mark'
import { formatCount, formatMeasure } from '@/components/format'
import { useRunHeads } from '@/components/runs/use-run-heads'
import { PageHeader } from '@/components/shell/page-header'
import { ReadState } from '@/components/shell/read-state'
import { Button } from '@/components/ui/button'
import { EmptyState, Notice } from '@/components/ui/notice'
import { Panel } from '@/components/ui/panel'
import { Skeleton, SkeletonRows } from '@/components/ui/skeleton'
import { useRun } from '@/components/use-run-events'
import { useUrlState } from '@/components/use-url-state'
import { CheckpointSelect } from './checkpoint-select'
import { DocRow } from './doc-row'
import { useJudge } from './judgement'
import { queryTerms } from './prepare-highlight'
import { formatSystems, parseSystems } from './prepare-side-by-side'
import { FIRST_RANKS as FIRST } from './prepare-query-table'
import { QueryTrajectory } from './rank-movement'
import { BoundsTable } from './run-bounds'
import { SideBySide, type System } from './side-by-side'
import { SystemsBar } from './systems-bar'
import { TrainedNegatives } from './trained-negatives'
import { useCheckpoint } from './use-checkpoint'

/** Of systems side by side, where more than a screenful hides how they differ. */
const FIRST_BESIDE = 20
const ALL = 1000

export function QueryView({ runId, row }: { runId: string; row: number }) {
  const { run, error, retry } = useRun(runId)
  const { checkpoint, setCheckpoint } = useCheckpoint(run)
  const [limit, setLimit] = useState(FIRST)
  const ranking = useQuery({
    queryKey: keys.ranking(runId, row, checkpoint, limit),
    queryFn: ({ signal }) => api.ranking(runId, row, { checkpoint, limit }, signal),
    enabled: checkpoint !== null,
    // It changes with judgements only, which say so.
    staleTime: 60_000,
    // Another checkpoint of the same query replaces the ranking when it is there, without a flash.
    placeholderData: (previous) => (previous?.row === row ? previous : undefined),
  })
  const noCheckpoint = run !== undefined && checkpoint === null
  if (noCheckpoint) return <EmptyState title="No checkpoint of this run is judged yet">Its rankings appear with the first evaluation.</EmptyState>
  const data = run && ranking.data ? { run, ranking: ranking.data } : undefined
  const again = () => {
    retry()
    void ranking.refetch()
  }
  return (
    <ReadState data={data} error={error ?? ranking.error} what="The ranking" onRetry={again} skeleton={<QuerySkeleton />}>
      {(found) => <Ranking {...found} checkpoint={checkpoint!} limit={limit} onCheckpoint={setCheckpoint} onMore={() => setLimit(ALL)} />}
    </ReadState>
  )
}

interface RankingProps {
  run: RunDetail
  ranking: QueryRanking
  checkpoint: number
  limit: number
  onCheckpoint: (step: number) => void
  onMore: () => void
}

function Ranking({ run, ranking, checkpoint, limit, onCheckpoint, onMore }: RankingProps) {
  const url = useUrlState()
  const others = useMemo(() => parseSystems(url.get('with')), [url.get('with')])
  const { systems, heads, failed } = useSystems(run, ranking, others, limit)
  const judge = useJudge(run.datasetId, ranking.row)
  useLeafing(run.id, ranking, checkpoint)
  const terms = useMemo(() => queryTerms(ranking.text), [ranking.text])
  const beside = others.length > 0
  const shown = beside && limit === FIRST ? FIRST_BESIDE : limit
  return (
    <>
      <QueryHeader run={run} ranking={ranking} checkpoint={checkpoint} onCheckpoint={onCheckpoint} />
      <QueryTrajectory run={run} row={ranking.row} checkpoint={checkpoint} onCheckpoint={onCheckpoint} />
      <SystemsBar run={run} others={others} heads={heads} onChange={(next) => url.set({ with: formatSystems(next) || null })} />
      {failed && (
        <Notice tone="bad" role="alert" className="mb-3" title="A system beside it could not be read">
          {failed.message}
        </Notice>
      )}
      {beside ? <SideBySide systems={systems} terms={terms} shown={shown} onJudge={judge} /> : <SingleRanking ranking={ranking} terms={terms} onJudge={judge} />}
      {ranking.depth > shown && (
        <Button className="mt-3" onClick={onMore}>
          Show {formatCount(Math.min(ALL, ranking.depth))} ranks
        </Button>
      )}
      <div className="mt-4 grid gap-4 xl:grid-cols-2">
        <Panel title="Unjudged documents" note={`${ranking.holes} of the first 10 are judged by nobody`}>
          <BoundsTable measures={ranking.bounds} />
          <p className="mt-2 max-w-prose text-xs text-ink-3">Judgements made here are a layer of their own: they change no official value and no other page’s numbers.</p>
        </Panel>
        <TrainedNegatives run={run} row={ranking.row} terms={terms} onJudge={judge} />
      </div>
    </>
  )
}

/** The run's own ranking, then the others' as they arrive. */
function useSystems(run: RunDetail, ranking: QueryRanking, others: ReturnType<typeof parseSystems>, limit: number) {
  const { heads, error } = useRunHeads(others.map(({ runId }) => runId))
  const read = useQueries({
    queries: others.map(({ runId, checkpoint }) => ({
      queryKey: keys.ranking(runId, ranking.row, checkpoint, limit),
      queryFn: ({ signal }: { signal: AbortSignal }) => api.ranking(runId, ranking.row, { checkpoint, limit }, signal),
      placeholderData: keepPreviousData<QueryRanking>,
    })),
  })
  const beside = read.flatMap(({ data }): System[] => (data && data.row === ranking.row ? [{ ranking: data, colorIndex: heads.get(data.runId)?.colorIndex ?? 0 }] : []))
  const systems: System[] = [{ ranking, colorIndex: run.colorIndex }, ...beside]
  return { systems, heads, failed: read.find((each) => each.error)?.error ?? error }
}

/** Previous and next query by key; both are read ahead, so that leafing through the queries does not wait. */
function useLeafing(runId: string, { previousRow, nextRow }: QueryRanking, checkpoint: number): void {
  const router = useRouter()
  const client = useQueryClient()
  useEffect(() => {
    for (const row of [previousRow, nextRow]) if (row !== null) void client.prefetchQuery({ queryKey: keys.ranking(runId, row, checkpoint, FIRST), queryFn: ({ signal }) => api.ranking(runId, row, { checkpoint, limit: FIRST }, signal), staleTime: 60_000 })
  }, [client, runId, previousRow, nextRow, checkpoint])
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      const target = event.target as HTMLElement
      if (event.metaKey || event.ctrlKey || event.altKey || target.closest('input, select, textarea, [role="menu"], [role="dialog"]')) return
      const row = event.key === 'ArrowLeft' || event.key === 'k' ? previousRow : event.key === 'ArrowRight' || event.key === 'j' ? nextRow : null
      if (row !== null) router.push(`/runs/${runId}/queries/${row}${window.location.search}`)
    }
    window.addEventListener('keydown', onKey)
    return () => window.removeEventListener('keydown', onKey)
  })
}

function QueryHeader({ run, ranking, checkpoint, onCheckpoint }: Pick<RankingProps, 'run' | 'ranking' | 'checkpoint' | 'onCheckpoint'>) {
  const router = useRouter()
  const { previousRow, nextRow } = ranking
  const open = (row: number | null) => row !== null && router.push(`/runs/${run.id}/queries/${row}${window.location.search}`)
  return (
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
          <Button size="icon" disabled={previousRow === null} aria-label="Previous query" title="Previous query (← or k)" onClick={() => open(previousRow)}>
            <ChevronLeft />
          </Button>
          <Button size="icon" disabled={nextRow === null} aria-label="Next query" title="Next query (→ or j)" onClick={() => open(nextRow)}>
            <ChevronRight />
          </Button>
        </>
      }
    />
  )
}

function SingleRanking({ ranking, terms, onJudge }: { ranking: QueryRanking; terms: ReadonlySet<string>; onJudge: (docRow: number, grade: number | null) => void }) {
  const { found } = ranking
  return (
    <>
      {ranking.missed.length > 0 && (
        <Panel className="mb-4" title={`Missed: ${ranking.missed.length} relevant ${ranking.missed.length === 1 ? 'document' : 'documents'} not in the top ${ranking.depth}`} bodyClassName="px-0 pb-0">
          <ol>
            {ranking.missed.map((doc) => (
              <DocRow key={doc.row} doc={doc} terms={terms} onJudge={onJudge} />
            ))}
          </ol>
        </Panel>
      )}
      <Panel
        title="Ranking"
        note={`${ranking.docs.length < ranking.depth ? `the first ${ranking.docs.length} of ${ranking.depth}` : ranking.depth} documents, ${found.count} of ${found.count + ranking.missed.length} relevant found${found.first === null ? '' : `, the first at rank ${found.first}`}`}
        bodyClassName="px-0 pb-0"
      >
        {ranking.docs.length === 0 ? (
          <p className="px-4 pb-4 text-sm text-ink-2">Nothing was retrieved: no document shares a word with this query.</p>
        ) : (
          <ol data-ranking>
            {ranking.docs.map((doc) => (
              <DocRow key={doc.row} doc={doc} terms={terms} onJudge={onJudge} />
            ))}
          </ol>
        )}
      </Panel>
    </>
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
