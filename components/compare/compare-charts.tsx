// The curves of the compared runs over one another: all measures by checkpoint, and the loss.
'use client'
import { useMemo, useState } from 'react'
import { MEASURES } from '@/contract/measure'
import { checkpointSteps } from '@/contract/pipeline'
import { isTrained, type MetricSeries, type RunDetail } from '@/contract/run'
import { ChartPanel } from '@/components/charts/chart-panel'
import { type CurveSource, type MetricSource, prepareMeasure, prepareMetric } from '@/components/charts/prepare-curves'
import { formatMeasure, formatNumber } from '@/components/format'
import { Choice } from '@/components/ui/choice'

const SMOOTHING = [
  { value: 'smooth', label: 'Smoothed' },
  { value: 'raw', label: 'Raw' },
] as const

export function CompareCharts({ runs, metrics, hidden }: { runs: RunDetail[]; metrics: (MetricSeries | undefined)[]; hidden: ReadonlySet<string> }) {
  const [smooth, setSmooth] = useState<'smooth' | 'raw'>('smooth')
  const measures = useMemo(() => {
    const sources = runs.map((run): CurveSource => ({ id: run.id, label: run.name, colorIndex: run.colorIndex, evaluations: run.evaluations, steps: isTrained(run.config) ? run.config.train.steps : null }))
    return MEASURES.map((measure) => ({ measure, chart: prepareMeasure(measure, sources) }))
  }, [runs])
  const loss = useMemo(() => {
    const sources = runs.flatMap((run, i): MetricSource[] => (!isTrained(run.config) ? [] : [{ id: run.id, label: run.name, colorIndex: run.colorIndex, series: metrics[i] ?? {}, ends: checkpointSteps(run.config.train) }]))
    return prepareMetric('loss', sources, smooth)
  }, [runs, metrics, smooth])
  return (
    <div className="grid gap-4 lg:grid-cols-3">
      {measures.map(({ measure, chart }) => (
        <ChartPanel key={measure} title={measure} chart={chart} formatY={formatMeasure} height={256} dots hidden={hidden} empty="No checkpoint was judged yet." />
      ))}
      <ChartPanel
        className="lg:col-span-3"
        title="Training loss"
        headline={<p className="text-xs text-ink-3">Losses of different methods are different quantities: compare their shapes, not their heights.</p>}
        actions={<Choice label="Loss curves" value={smooth} onChange={setSmooth} options={SMOOTHING} />}
        chart={loss}
        formatY={formatNumber}
        height={256}
        hidden={hidden}
        empty="None of these runs was trained."
      />
    </div>
  )
}
