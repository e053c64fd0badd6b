// Compares runs: what differs in their settings first, then curves overlaid, then measures with significance against the first run.
'use client'
import { keepPreviousData, useQuery, useQueryClient } from '@tanstack/react-query'
import { GitCompareArrows } from 'lucide-react'
import { useState } from 'react'
import type { SeedGroup } from '@/contract/compare'
import { MEASURES } from '@/contract/measure'
import { type RunDetail, isLive } from '@/contract/run'
import { api, keys } from '@/components/api'
import { ChartLegend } from '@/components/charts/chart-legend'
import { PageHeader } from '@/components/shell/page-header'
import { ReadError } from '@/components/shell/read-state'
import { Select } from '@/components/ui/field'
import { EmptyState, Notice } from '@/components/ui/notice'
import { Skeleton } from '@/components/ui/skeleton'
import { useRunChangesAfter } from '@/components/use-run-events'
import { useUrlState } from '@/components/use-url-state'
import { ByQuery } from './by-query'
import { CompareCharts } from './compare-charts'
import { ConfigDifferences } from './config-differences'
import { CopyLink } from './copy-link'
import { FuseRuns } from './fuse-runs'
import { ALL_MEASURES, MeasureChoice } from './measure-choice'
import { MeasuresTable } from './measures-table'
import { PairsTable } from './pairs-table'
import { comparedIds, METRIC } from './prepare-address'
import { RunChips } from './run-chips'
import { RunPicker } from './run-picker'
import { SeedsTable } from './seeds-table'
import { SlicesTable } from './slices-table'

const NO_GROUPS: SeedGroup[] = []
const NO_RUNS: RunDetail[] = []

export function CompareView() {
  const url = useUrlState()
  const ids = comparedIds(url.get('runs'))
  const setIds = (next: string[]) => url.set({ runs: next.join(',') })
  const details = useQuery({ queryKey: keys.comparedRuns(ids), queryFn: ({ signal }) => api.runDetails(ids, signal), enabled: ids.length > 0, placeholderData: keepPreviousData })
  const runs = (ids.length > 0 && details.data) || NO_RUNS
  const missing = details.data && !details.isPlaceholderData ? ids.length - runs.length : 0
  const known = runs.map((run) => run.id)
  const client = useQueryClient()
  useRunChangesAfter(details.data?.[0]?.cursor ?? null, () => {
    void client.invalidateQueries({ queryKey: keys.comparedRuns(ids) })
    if (runs.some((run) => isLive(run.state))) void client.invalidateQueries({ queryKey: keys.comparedCurves(known, METRIC) })
  })

  return (
    <>
      <PageHeader
        title="Compare"
        actions={
          <>
            {runs.length > 0 && <CopyLink />}
            {runs.length > 1 && <FuseRuns runs={runs} onFused={(id) => setIds([...known, id])} />}
            <RunPicker selected={details.isPlaceholderData ? ids : known} onChange={setIds} />
          </>
        }
      />
      {missing > 0 && (
        <Notice tone="warn" className="mb-4" title={missing === 1 ? 'One run of this link does not exist any more' : `${missing} runs of this link do not exist any more`}>
          The others are compared below.
        </Notice>
      )}
      {details.error && !details.data ? (
        <ReadError error={details.error} what="The runs" onRetry={() => void details.refetch()} />
      ) : ids.length > 0 && !details.data ? (
        <Skeleton className="h-96 rounded-lg" />
      ) : runs.length === 0 ? (
        <EmptyState icon={<GitCompareArrows />} title="Choose the runs to compare">
          The first run is the baseline; every other is tested against it on the same queries. The address of this page is the comparison: send it to a colleague.
        </EmptyState>
      ) : (
        <>
          <RunChips runs={runs} onChange={setIds} />
          <ComparedRuns key={known.join()} runs={runs} measures={chosenMeasures(url.get('measures'))} onMeasures={(measures) => url.set({ measures: measures.join() === MEASURES.join() ? null : measures.join(',') })} />
        </>
      )}
    </>
  )
}

/** The measures of the address; the charted ones where it names none that is known. */
function chosenMeasures(text: string | null): string[] {
  const known = ALL_MEASURES.filter((measure) => (text ?? '').split(',').includes(measure))
  return known.length > 0 ? known : MEASURES
}

function ComparedRuns({ runs, measures, onMeasures }: { runs: RunDetail[]; measures: string[]; onMeasures: (measures: string[]) => void }) {
  const ids = runs.map((run) => run.id)
  const curves = useQuery({ queryKey: keys.comparedCurves(ids, METRIC), queryFn: ({ signal }) => api.curves(ids, METRIC, signal), staleTime: runs.some((run) => isLive(run.state)) ? 0 : Infinity })
  const judged = runs.filter((run) => run.evaluations.length > 0).map((run) => run.id)
  const comparison = useQuery({
    // Judged anew whenever one of the runs has a new checkpoint.
    queryKey: [...keys.compare(judged, measures), runs.map((run) => run.evaluations.length).join()],
    queryFn: ({ signal }) => api.compare(judged, measures, signal),
    placeholderData: keepPreviousData,
    enabled: judged.length > 1,
    staleTime: Infinity,
  })
  const sameData = new Set(runs.map((run) => run.datasetId)).size === 1
  const [chosen, setMeasure] = useState(measures[0])
  const measure = measures.includes(chosen) ? chosen : measures[0]
  const values = useQuery({
    queryKey: [...keys.queryValues(judged, measure), runs.map((run) => run.evaluations.length).join()],
    queryFn: ({ signal }) => api.queryValues(judged, measure, signal),
    placeholderData: keepPreviousData,
    enabled: judged.length > 1 && sameData,
    staleTime: Infinity,
  })
  const [hidden, setHidden] = useState<ReadonlySet<string>>(new Set())
  const toggle = (id: string) => {
    const next = new Set(hidden)
    if (!next.delete(id)) next.add(id)
    setHidden(next)
  }

  return (
    <div className="flex flex-col gap-4">
      {!sameData && <OtherData runs={runs} />}
      {runs.length > 1 && <ConfigDifferences runs={runs} />}
      <MeasuresTable runs={runs} measures={measures} actions={<MeasureChoice measures={measures} onChange={onMeasures} />} comparison={comparison.data} error={comparison.error} loading={comparison.isFetching} />
      {comparison.data && <SeedsTable seeds={comparison.data.seeds} runs={runs} measures={measures} />}
      {comparison.data && comparison.data.tukey.length > 0 && <PairsTable pairs={comparison.data.tukey} runs={runs} measures={measures} />}
      <section aria-label="Curves" className="flex flex-col gap-2">
        <ChartLegend runs={runs} hidden={hidden} onToggle={toggle} />
        <CompareCharts runs={runs} measures={measures} groups={comparison.data?.seeds.groups ?? NO_GROUPS} curves={curves.data} hidden={hidden} />
      </section>
      {judged.length > 1 && sameData && (
        <section aria-label="By query" className="flex flex-col gap-4">
          <h2 className="flex items-center gap-2 text-lg">
            Query by query
            <Select aria-label="Measure of the queries" value={measure} onChange={(e) => setMeasure(e.target.value)} className="h-7 w-36 text-sm font-normal">
              {measures.map((each) => (
                <option key={each}>{each}</option>
              ))}
            </Select>
          </h2>
          {values.error && <ReadError error={values.error} what={`${measure} by query`} onRetry={() => void values.refetch()} />}
          {values.isPending && <Skeleton className="h-72 rounded-lg" />}
          {values.data && values.data.runs.length > 1 && <ByQuery key={values.data.runs.map(({ run }) => run).join()} answer={values.data} runs={runs} />}
          {values.data && <SlicesTable answer={values.data} runs={runs} />}
        </section>
      )}
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
