// The paper's argument, measured on this run: pairwise errors and static negatives by checkpoint, and what an approximate index costs.
// Shown where the run was diagnosed or indexed.
'use client'
import { useMemo } from 'react'
import type { MetricSeries, RunDetail } from '@/contract/run'
import { ChartPanel } from '@/components/charts/chart-panel'
import { prepareMetric } from '@/components/charts/prepare-curves'
import { formatCount, formatNumber } from '@/components/format'
import { Panel } from '@/components/ui/panel'

const CURVES = [
  { pattern: /^total pairwise errors$/, title: 'Total pairwise errors', note: 'documents before a relevant one, whole collection, mean over dev queries' },
  { pattern: /^top-\d+ pairwise errors$/, title: 'Top-K pairwise errors', note: 'the same, at most 200 of each relevant document' },
  { pattern: /^static negatives in the top \d+$/, title: 'Static negatives still hard', note: 'share that is still in the top 200 of its training query' },
] as const
const INDEX = /^index /

/** Metrics that are shown here, and so not among the training curves. */
export const isDiagnosis = (name: string) => INDEX.test(name) || CURVES.some(({ pattern }) => pattern.test(name))

export function RunDiagnosis({ run, metrics, ends }: { run: RunDetail; metrics: MetricSeries; ends: number[] }) {
  const charts = useMemo(
    () =>
      CURVES.flatMap(({ pattern, title, note }) => {
        const name = Object.keys(metrics).find((each) => pattern.test(each))
        return name === undefined ? [] : [{ name, title, note, chart: prepareMetric(name, [{ id: run.id, label: run.name, colorIndex: run.colorIndex, series: metrics, ends }], 'raw') }]
      }),
    [run.id, run.name, run.colorIndex, metrics, ends],
  )
  const index = Object.entries(metrics).filter(([name]) => INDEX.test(name))
  return (
    <>
      {charts.map(({ name, title, note, chart }) => (
        <ChartPanel key={name} title={title} headline={<p className="text-xs text-ink-3">{note}</p>} chart={chart} formatY={formatNumber} dots empty="No point yet." />
      ))}
      {index.length > 0 && (
        <Panel className="lg:col-span-3" title="Approximate index" note={`faiss ${'annIndex' in run.config ? run.config.annIndex : ''}, at step ${formatCount(index[0][1].at(-1)!.step)}`}>
          <dl className="tabular grid grid-cols-2 gap-3 sm:grid-cols-4">
            {index.map(([name, points]) => (
              <div key={name}>
                <dt className="text-xs text-ink-3">{name.replace(INDEX, '')}</dt>
                <dd className="text-lg font-medium">{formatNumber(Number(points.at(-1)!.value.toPrecision(3)))}</dd>
              </div>
            ))}
          </dl>
        </Panel>
      )}
    </>
  )
}
