// A run's curves: each measure by checkpoint with its best and start value, and the training metrics by optimizer step.
'use client'
import { Info } from 'lucide-react'
import { useMemo, useState } from 'react'
import { MEASURES, MEASURE_RULES, type MeasureName } from '@/contract/measure'
import { checkpointSteps } from '@/contract/pipeline'
import { isTrained, type MetricSeries, type RunDetail, isLive } from '@/contract/run'
import { ChartPanel } from '@/components/charts/chart-panel'
import { prepareMeasure, prepareMetric } from '@/components/charts/prepare-curves'
import { formatCount, formatDifference, formatMeasure, formatNumber } from '@/components/format'
import { Button } from '@/components/ui/button'
import { Choice } from '@/components/ui/choice'
import { Select } from '@/components/ui/field'
import { Notice } from '@/components/ui/notice'
import { Hint } from '@/components/ui/tooltip'
import { chosenEvaluation } from './prepare-runs'
import { isDiagnosis, RunDiagnosis } from './run-diagnosis'

export function RunCharts({ run, metrics, error }: { run: RunDetail; metrics: MetricSeries | undefined; error: Error | null }) {
  return (
    <div className="order-1 grid min-w-0 content-start gap-4 lg:grid-cols-3">
      {MEASURES.map((measure) => (!isTrained(run.config) ? <MeasureTile key={measure} run={run} measure={measure} /> : <MeasureChart key={measure} run={run} measure={measure} />))}
      {isTrained(run.config) && <MetricCharts run={run} metrics={metrics} error={error} />}
    </div>
  )
}

function MeasureChart({ run, measure }: { run: RunDetail; measure: MeasureName }) {
  const steps = isTrained(run.config) ? run.config.train.steps : null
  const chart = useMemo(() => prepareMeasure(measure, [{ id: run.id, label: run.name, colorIndex: run.colorIndex, evaluations: run.evaluations, steps }]), [measure, run.id, run.name, run.colorIndex, run.evaluations, steps])
  const best = chosenEvaluation(run, 'best')
  const value = best?.measures[measure]
  return (
    <ChartPanel
      title={measure}
      headline={<MeasureHeadline run={run} measure={measure} />}
      actions={<RuleHint measure={measure} />}
      chart={chart}
      formatY={formatMeasure}
      emptyHeight={isLive(run.state) ? undefined : 72}
      dots
      best={best && value !== undefined ? { x: best.checkpointStep, y: value, colorIndex: run.colorIndex } : null}
      empty={isLive(run.state) ? 'The first point comes with the first checkpoint.' : 'No checkpoint was judged.'}
    />
  )
}

function MeasureHeadline({ run, measure }: { run: RunDetail; measure: MeasureName }) {
  const best = chosenEvaluation(run, 'best')
  const start = isTrained(run.config) ? run.evaluations.find((evaluation) => evaluation.checkpointStep === 0) : undefined
  const value = best?.measures[measure]
  const from = start?.measures[measure]
  const shown = best ?? start
  return (
    <div className="tabular">
      <div className="flex items-baseline gap-2 whitespace-nowrap">
        <span className="text-2xl font-semibold tracking-tight" data-measure={measure}>
          {value === undefined ? '–' : formatMeasure(value)}
        </span>
        <span className="truncate text-sm text-ink-2">{value !== undefined && from !== undefined ? `${formatDifference(value - from)} from the start` : best === null ? 'not yet judged' : ''}</span>
      </div>
      {isTrained(run.config) && <div className="h-4 truncate text-xs text-ink-3">{best && `step ${formatCount(best.checkpointStep)}, the best by MRR@10`}</div>}
      <div className="h-4 truncate text-xs text-ink-3">{shown && `${run.datasetName} ${shown.split}, n ${formatCount(shown.n)}`}</div>
    </div>
  )
}

/** A run without training has one value and no curve. */
function MeasureTile({ run, measure }: { run: RunDetail; measure: MeasureName }) {
  return (
    <section className="rounded-lg border border-line bg-surface px-4 pt-1.5 pb-4">
      <header className="flex min-h-8 items-center">
        <h2 className="text-base">{measure}</h2>
        <span className="ml-auto">
          <RuleHint measure={measure} />
        </span>
      </header>
      <MeasureHeadline run={run} measure={measure} />
    </section>
  )
}

function RuleHint({ measure }: { measure: MeasureName }) {
  return (
    <Hint text={MEASURE_RULES[measure]}>
      <Button variant="ghost" size="icon-sm" aria-label={`How ${measure} is computed: ${MEASURE_RULES[measure]}`}>
        <Info />
      </Button>
    </Hint>
  )
}

const SMOOTHING = [
  { value: 'smooth', label: 'Smoothed' },
  { value: 'raw', label: 'Raw' },
] as const

function MetricCharts({ run, metrics, error }: { run: RunDetail; metrics: MetricSeries | undefined; error: Error | null }) {
  const [smooth, setSmooth] = useState<'smooth' | 'raw'>('smooth')
  const [other, setOther] = useState<string | null>(null)
  const train = isTrained(run.config) ? run.config.train : null
  const sources = useMemo(() => [{ id: run.id, label: run.name, colorIndex: run.colorIndex, series: metrics ?? {}, ends: train ? checkpointSteps(train) : [] }], [run.id, run.name, run.colorIndex, metrics, train])
  const loss = useMemo(() => prepareMetric('loss', sources, smooth), [sources, smooth])
  const others = Object.keys(metrics ?? {}).filter((name) => name !== 'loss' && !isDiagnosis(name)).sort()
  const shown = other !== null && others.includes(other) ? other : (others[0] ?? null)
  const second = useMemo(() => (shown === null ? null : prepareMetric(shown, sources, 'raw')), [shown, sources])
  const marks = sources[0].ends.filter((end) => end < loss.xLast)
  if (error)
    return (
      <Notice tone="bad" role="alert" title="The training curves could not be read" className="lg:col-span-3">
        {error.message}
      </Notice>
    )
  return (
    <>
      <ChartPanel
        className={second ? 'lg:col-span-2' : 'lg:col-span-3'}
        title="Training loss"
        headline={<LastValue metrics={metrics} name="loss" />}
        actions={<Choice label="Loss curve" value={smooth} onChange={setSmooth} options={SMOOTHING} />}
        chart={loss}
        formatY={formatNumber}
        marks={marks}
        emptyHeight={isLive(run.state) || metrics === undefined ? undefined : 72}
        empty={metrics === undefined ? 'Reading the curve' : isLive(run.state) ? 'The curve starts with the first training step.' : 'Nothing was trained.'}
      />
      {second && shown && (
        <ChartPanel
          title={capitalise(shown)}
          heading={
            others.length > 1 && (
              <Select aria-label="Metric" value={shown} onChange={(e) => setOther(e.target.value)} className="-ml-3.5 h-7 w-auto max-w-full border-transparent text-base font-semibold">
                {others.map((name) => (
                  <option key={name} value={name}>
                    {capitalise(name)}
                  </option>
                ))}
              </Select>
            )
          }
          headline={<LastValue metrics={metrics} name={shown} />}
          chart={second}
          formatY={formatNumber}
          empty="No point yet."
        />
      )}
      {metrics && <RunDiagnosis run={run} metrics={metrics} ends={sources[0].ends} />}
    </>
  )
}

const capitalise = (name: string) => name.charAt(0).toUpperCase() + name.slice(1)

function LastValue({ metrics, name }: { metrics: MetricSeries | undefined; name: string }) {
  const last = metrics?.[name]?.at(-1)
  return <div className="tabular h-5 text-sm text-ink-2">{last && `${formatNumber(Number(last.value.toPrecision(4)))} at step ${formatCount(last.step)}`}</div>
}
