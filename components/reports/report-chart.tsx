// A chart of a report: one measure by checkpoint, or one training metric, of the runs that its block names.
'use client'
import { useQueries } from '@tanstack/react-query'
import { useMemo } from 'react'
import { checkpointSteps } from '@/contract/pipeline'
import type { ReportBlock } from '@/contract/report'
import { isTrained } from '@/contract/run'
import { api, keys } from '@/components/api'
import { CurveChart } from '@/components/charts/curve-chart'
import { LineMark } from '@/components/charts/line-mark'
import { prepareMeasure, prepareMetric } from '@/components/charts/prepare-curves'
import { formatMeasure, formatNumber } from '@/components/format'
import { ReportFigure } from './report-figure'
import { useReportRuns } from './use-report-runs'

/** `number`: place in the report, which makes the chart's name its own. */
export function ReportChart({ block: { runs: ids, measure, metric }, number }: { block: Extract<ReportBlock, { kind: 'chart' }>; number: number }) {
  const state = useReportRuns(ids)
  const { runs } = state
  const series = useQueries({ queries: runs.map(({ id }) => ({ queryKey: keys.metrics(id), queryFn: ({ signal }: { signal: AbortSignal }) => api.metrics(id, null, signal), enabled: metric !== null })), combine: (results) => results.map(({ data }) => data) })
  const chart = useMemo(() => {
    if (measure !== null) return prepareMeasure(measure, runs.map((run) => ({ id: run.id, label: run.name, colorIndex: run.colorIndex, evaluations: runs.length > 1 ? run.evaluations.map(({ intervals: _, ...rest }) => rest) : run.evaluations, steps: isTrained(run.config) ? run.config.train.steps : null })))
    return prepareMetric(metric!, runs.flatMap((run, i) => (isTrained(run.config) ? [{ id: run.id, label: run.name, colorIndex: run.colorIndex, series: series[i] ?? {}, ends: checkpointSteps(run.config.train) }] : [])), 'smooth')
  }, [measure, metric, runs, series])
  const name = measure ?? metric!
  const empty = chart.curves.every((curve) => curve.stretches.length === 0)
  const [first] = runs
  const judged = measure === null || !first ? '' : `, ${first.datasetName}, ${first.evaluations.at(-1)?.split ?? 'not judged yet'}${first.evaluations.length > 0 ? `, n ${first.evaluations.at(-1)!.n}` : ''}`
  return (
    <ReportFigure state={state} caption={`${name}${judged}`}>
      {empty ? <p className="py-8 text-center text-sm text-ink-3">{`None of the runs has ${name} yet.`}</p> : <CurveChart chart={chart} label={`${name}, figure ${number}`} formatY={measure !== null ? formatMeasure : formatNumber} height={280} dots={measure !== null} />}
      <ul data-legend className="flex flex-wrap gap-x-4 gap-y-1 px-1 text-sm">
        {runs.map((run) => (
          <li key={run.id} className="flex items-center gap-1.5">
            <LineMark colorIndex={run.colorIndex} />
            <a href={`/runs/${run.id}`} className="hover:underline">
              {run.name}
            </a>
          </li>
        ))}
      </ul>
    </ReportFigure>
  )
}
