// One part of a report as its reader sees it.
'use client'
import { keepPreviousData, useQueries, useQuery } from '@tanstack/react-query'
import dynamic from 'next/dynamic'
import { checkpointSteps } from '@/contract/pipeline'
import type { ReportBlock } from '@/contract/report'
import { isLive, isTrained, type RunDetail } from '@/contract/run'
import { api, keys } from '@/components/api'
import { ChartPanel } from '@/components/charts/chart-panel'
import { LineMark } from '@/components/charts/line-mark'
import { prepareMeasure, prepareMetric } from '@/components/charts/prepare-curves'
import { ConfigDifferences } from '@/components/compare/config-differences'
import { MeasuresTable } from '@/components/compare/measures-table'
import { formatMeasure, formatNumber } from '@/components/format'
import { Notice } from '@/components/ui/notice'
import { SkeletonRows } from '@/components/ui/skeleton'
import { ALL_MEASURES } from '@/components/compare/measure-choice'
import type { ReportRuns } from './use-report-runs'

const Markdown = dynamic(() => import('@/components/ui/markdown').then((module) => module.Markdown), { ssr: false, loading: () => <SkeletonRows rows={3} className="h-5" /> })

export function ReportBlockView({ block, all }: { block: ReportBlock; all: ReportRuns }) {
  if (block.kind === 'text') return block.markdown ? <Markdown text={block.markdown} /> : null
  const runs = block.runs.flatMap((id) => all.runs.get(id) ?? [])
  const gone = block.runs.filter((id) => all.missing.has(id)).length
  if (runs.length === 0) return <Notice title={gone > 0 ? 'The runs of this part do not exist any more' : all.loading && block.runs.length > 0 ? 'Reading the runs' : 'No run is chosen for this part yet'} />
  return (
    <>
      {gone > 0 && <Notice tone="warn" className="mb-2" title={gone === 1 ? 'One run of this part does not exist any more' : `${gone} runs of this part do not exist any more`} />}
      {block.kind === 'curves' && <Curves runs={runs} of={block.of} />}
      {block.kind === 'measures' && <Measures runs={runs} measures={block.measures} />}
      {block.kind === 'settings' && <ConfigDifferences runs={runs} />}
    </>
  )
}

const sourceOf = ({ id, name, colorIndex }: RunDetail) => ({ id, label: name, colorIndex })

function Curves({ runs, of }: { runs: RunDetail[]; of: string }) {
  const legend = (
    <ul className="flex flex-wrap gap-x-4 gap-y-1 text-xs text-ink-2">
      {runs.map((run) => (
        <li key={run.id} className="flex items-center gap-1.5">
          <LineMark colorIndex={run.colorIndex} /> {run.name}
        </li>
      ))}
    </ul>
  )
  if (!ALL_MEASURES.includes(of)) return <MetricCurves runs={runs} of={of} legend={legend} />
  const chart = prepareMeasure(of, runs.map((run) => ({ ...sourceOf(run), evaluations: run.evaluations, steps: isTrained(run.config) ? run.config.train.steps : null })))
  return <ChartPanel title={of} headline={legend} chart={chart} formatY={formatMeasure} height={280} dots empty="No checkpoint was judged yet." />
}

function MetricCurves({ runs, of, legend }: { runs: RunDetail[]; of: string; legend: React.ReactNode }) {
  const trained = runs.flatMap((run) => (isTrained(run.config) ? [{ run, ends: checkpointSteps(run.config.train) }] : []))
  const metrics = useQueries({ queries: trained.map(({ run }) => ({ queryKey: keys.metrics(run.id), queryFn: ({ signal }: { signal: AbortSignal }) => api.metrics(run.id, null, signal), refetchInterval: isLive(run.state) ? 3000 : (false as const) })) })
  const chart = prepareMetric(of, trained.map(({ run, ends }, i) => ({ ...sourceOf(run), series: metrics[i].data ?? {}, ends })), 'smooth')
  return <ChartPanel title={of === 'loss' ? 'Training loss' : of} headline={legend} chart={chart} formatY={formatNumber} height={280} empty={metrics.some(({ isPending }) => isPending) ? 'Reading the curves.' : 'None of these runs has such a curve.'} />
}

function Measures({ runs, measures }: { runs: RunDetail[]; measures: string[] }) {
  const judged = runs.filter((run) => run.evaluations.length > 0).map((run) => run.id)
  const comparison = useQuery({
    queryKey: [...keys.compare(judged, measures), runs.map((run) => run.evaluations.length).join()],
    queryFn: ({ signal }) => api.compare(judged, measures, signal),
    placeholderData: keepPreviousData,
    enabled: judged.length > 1,
    staleTime: Infinity,
  })
  return <MeasuresTable runs={runs} measures={measures} comparison={comparison.data} error={comparison.error} loading={comparison.isFetching} />
}
