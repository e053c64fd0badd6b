// Compares runs: what differs in their settings first, then curves overlaid, then measures with significance against the first run.
'use client'
import { keepPreviousData, useQueries, useQuery, useQueryClient } from '@tanstack/react-query'
import { GitCompareArrows } from 'lucide-react'
import { useEffect, useRef, useState } from 'react'
import { MEASURES } from '@/contract/measure'
import { type RunDetail, isLive } from '@/contract/run'
import { api, keys } from '@/components/api'
import { ChartLegend } from '@/components/charts/chart-legend'
import { PageHeader } from '@/components/shell/page-header'
import { ReadError, ReadState } from '@/components/shell/read-state'
import { EmptyState, Notice } from '@/components/ui/notice'
import { Skeleton } from '@/components/ui/skeleton'
import { useRuns } from '@/components/use-run-events'
import { useUrlState } from '@/components/use-url-state'
import { CompareCharts } from './compare-charts'
import { ConfigDifferences } from './config-differences'
import { FuseRuns } from './fuse-runs'
import { ALL_MEASURES, MeasureChoice } from './measure-choice'
import { MeasuresTable } from './measures-table'
import { PairsTable } from './pairs-table'
import { RunChips } from './run-chips'
import { RunPicker } from './run-picker'
import { SeedsTable } from './seeds-table'

export function CompareView() {
  const url = useUrlState()
  const all = useRuns()
  const ids = [...new Set((url.get('runs') ?? '').split(',').filter(Boolean))]
  const setIds = (next: string[]) => url.set({ runs: next.join(',') })
  const known = all.data ? ids.filter((id) => all.data.some((run) => run.id === id)) : ids
  const missing = ids.length - known.length

  return (
    <>
      <PageHeader
        title="Compare"
        actions={
          all.data &&
          all.data.length > 0 && (
            <>
              {known.length > 1 && <FuseRuns runs={known.map((id) => all.data.find((run) => run.id === id)!)} onFused={(id) => setIds([...known, id])} />}
              <RunPicker runs={all.data} selected={known} onChange={setIds} />
            </>
          )
        }
      />
      <ReadState data={all.data} error={all.error} what="The list of runs" onRetry={() => void all.refetch()} skeleton={<Skeleton className="h-96 rounded-lg" />}>
        {(runs) => (
          <>
            {missing > 0 && (
              <Notice tone="warn" className="mb-4" title={missing === 1 ? 'One run of this link does not exist any more' : `${missing} runs of this link do not exist any more`}>
                The others are compared below.
              </Notice>
            )}
            {known.length === 0 ? (
              <EmptyState icon={<GitCompareArrows />} title={runs.length === 0 ? 'There are no runs to compare yet' : 'Choose the runs to compare'} actions={runs.length > 0 && <RunPicker runs={runs} selected={known} onChange={setIds} />}>
                The first run is the baseline; every other is tested against it on the same queries. The address of this page is the comparison: send it to a colleague.
              </EmptyState>
            ) : (
              <>
                <RunChips runs={known.map((id) => runs.find((run) => run.id === id)!)} onChange={setIds} />
                <ComparedRuns key={known.join()} ids={known} measures={chosenMeasures(url.get('measures'))} onMeasures={(measures) => url.set({ measures: measures.join() === MEASURES.join() ? null : measures.join(',') })} live={new Set(runs.filter((run) => isLive(run.state)).map((run) => run.id))} />
              </>
            )}
          </>
        )}
      </ReadState>
    </>
  )
}

const LIVE_MS = 3000

/** The measures of the address; the charted ones where it names none that is known. */
function chosenMeasures(text: string | null): string[] {
  const known = ALL_MEASURES.filter((measure) => (text ?? '').split(',').includes(measure))
  return known.length > 0 ? known : MEASURES
}

function ComparedRuns({ ids, measures, onMeasures, live }: { ids: string[]; measures: string[]; onMeasures: (measures: string[]) => void; live: ReadonlySet<string> }) {
  const whileLive = (id: string) => (live.has(id) ? LIVE_MS : (false as const))
  const details = useQueries({ queries: ids.map((id) => ({ queryKey: keys.run(id), queryFn: ({ signal }: { signal: AbortSignal }) => api.run(id, signal), refetchInterval: whileLive(id) })) })
  const metrics = useQueries({ queries: ids.map((id) => ({ queryKey: keys.metrics(id), queryFn: ({ signal }: { signal: AbortSignal }) => api.metrics(id, null, signal), refetchInterval: whileLive(id) })) })
  // A run that has just ended is read once more: its last checkpoint may have come after the last look.
  const client = useQueryClient()
  const liveIds = [...live].join()
  const before = useRef(liveIds)
  useEffect(() => {
    if (before.current === liveIds) return
    before.current = liveIds
    for (const id of ids) void client.invalidateQueries({ queryKey: keys.run(id) })
  }, [client, ids, liveIds])
  const runs = details.flatMap(({ data }) => (data ? [data] : []))
  const judged = runs.filter((run) => run.evaluations.length > 0).map((run) => run.id)
  const comparison = useQuery({
    // Judged anew whenever one of the runs has a new checkpoint.
    queryKey: [...keys.compare(judged, measures), runs.map((run) => run.evaluations.length).join()],
    queryFn: ({ signal }) => api.compare(judged, measures, signal),
    placeholderData: keepPreviousData,
    enabled: runs.length === ids.length && judged.length > 1,
    staleTime: Infinity,
  })
  const [hidden, setHidden] = useState<ReadonlySet<string>>(new Set())
  const toggle = (id: string) => {
    const next = new Set(hidden)
    if (!next.delete(id)) next.add(id)
    setHidden(next)
  }

  const failed = details.find(({ error }) => error)
  if (failed?.error && runs.length < ids.length) return <ReadError error={failed.error} what="One of the runs" onRetry={() => void Promise.all(details.map((detail) => detail.refetch()))} />
  if (runs.length < ids.length) return <Skeleton className="h-96 rounded-lg" />
  return (
    <div className="flex flex-col gap-4">
      {new Set(runs.map((run) => run.datasetId)).size > 1 && <OtherData runs={runs} />}
      {runs.length > 1 && <ConfigDifferences runs={runs} />}
      <MeasuresTable runs={runs} measures={measures} actions={<MeasureChoice measures={measures} onChange={onMeasures} />} comparison={comparison.data} error={comparison.error} loading={comparison.isFetching} />
      {comparison.data && <SeedsTable seeds={comparison.data.seeds} runs={runs} measures={measures} />}
      {comparison.data && comparison.data.tukey.length > 0 && <PairsTable pairs={comparison.data.tukey} runs={runs} measures={measures} />}
      <section aria-label="Curves" className="flex flex-col gap-2">
        <ChartLegend runs={runs} hidden={hidden} onToggle={toggle} />
        <CompareCharts runs={runs} metrics={metrics.map(({ data }) => data)} hidden={hidden} />
      </section>
    </div>
  )
}

function OtherData({ runs }: { runs: RunDetail[] }) {
  return (
    <Notice tone="warn" title="These runs were judged on different data sets">
      {[...new Set(runs.map((run) => run.datasetName))].join(' and ')}: their means cannot be compared, and there are no shared queries to test on.
    </Notice>
  )
}
