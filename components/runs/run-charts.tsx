// A run's curves: each measure by checkpoint with its best and start value, and the training metrics; all over the same stretch of steps, epochs or time.
'use client'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { ChevronRight, Info } from 'lucide-react'
import { useMemo, useState } from 'react'
import { FURTHER_MEASURES, MEASURES, ruleOf } from '@/contract/measure'
import { checkpointSteps } from '@/contract/pipeline'
import { isTrained, type MetricSeries, type RunDetail, isLive } from '@/contract/run'
import { api, keys } from '@/components/api'
import { ChartControls, type Smoothing } from '@/components/charts/chart-controls'
import { ChartPanel } from '@/components/charts/chart-panel'
import { type ChartLook, type CurveSource, type MetricSource, PLAIN_LOOK, placeOfStep, prepareMeasure, prepareMetric, type StepClock, stepsInside } from '@/components/charts/prepare-curves'
import { formatCount, formatDifference, formatMeasure, formatNumber } from '@/components/format'
import { Button } from '@/components/ui/button'
import { cn } from '@/components/ui/class-names'
import { Notice } from '@/components/ui/notice'
import { Hint } from '@/components/ui/tooltip'
import { chosenEvaluation } from './prepare-runs'
import { isDiagnosis, RunDiagnosis } from './run-diagnosis'

export function RunCharts({ run, metrics, error }: { run: RunDetail; metrics: MetricSeries | undefined; error: Error | null }) {
  const [look, setLook] = useState<ChartLook>(PLAIN_LOOK)
  const [smooth, setSmooth] = useState<Smoothing>('smooth')
  const [further, setFurther] = useState(false)
  const clock = useMemo(() => stepClock(run), [run])
  const train = isTrained(run.config) ? run.config.train : null
  const held = useMemo(() => metrics ?? {}, [metrics])
  const shown = useStretch(run.id, held, look, clock)
  const source = useMemo((): MetricSource => ({ id: run.id, label: run.name, colorIndex: run.colorIndex, series: shown, ends: train ? checkpointSteps(train) : [], clock }), [run.id, run.name, run.colorIndex, shown, train, clock])
  const curves = useMemo((): CurveSource => {
    const judgedAt = new Map(run.steps.flatMap((step) => (step.kind === 'evaluate' && !step.reused && step.finishedAt && step.checkpointStep !== null ? [[step.checkpointStep, Date.parse(step.finishedAt)] as const] : [])))
    return { id: run.id, label: run.name, colorIndex: run.colorIndex, evaluations: run.evaluations, steps: train?.steps ?? null, clock, judgedAt: (step) => judgedAt.get(step) ?? null }
  }, [run, train, clock])
  const onZoom = (range: [number, number] | null) => setLook({ ...look, range })
  if (!train)
    return (
      <div className="order-1 grid min-w-0 content-start gap-4 lg:grid-cols-3">
        {MEASURES.map((measure) => (
          <MeasureTile key={measure} run={run} measure={measure} />
        ))}
      </div>
    )
  const others = FURTHER_MEASURES.filter((measure) => run.evaluations.some(({ measures }) => measures[measure] !== undefined))
  return (
    <div className="order-1 grid min-w-0 content-start gap-4 lg:grid-cols-3">
      <div className="lg:col-span-3">
        <ChartControls look={look} onLook={setLook} smooth={smooth} onSmooth={setSmooth} />
      </div>
      {[...MEASURES, ...(further ? others : [])].map((measure) => (
        <MeasureChart key={measure} run={run} measure={measure} source={curves} look={look} onZoom={onZoom} />
      ))}
      {others.length > 0 && (
        <button type="button" aria-expanded={further} onClick={() => setFurther(!further)} className="-my-2 flex h-8 items-center gap-1 justify-self-start rounded-md px-2 text-sm text-ink-2 hover:bg-hover hover:text-ink lg:col-span-3">
          <ChevronRight aria-hidden className={cn('size-4 transition-transform', further && 'rotate-90')} /> {others.length} further measures
        </button>
      )}
      {error ? (
        <Notice tone="bad" role="alert" title="The training curves could not be read" className="lg:col-span-3">
          {error.message}
        </Notice>
      ) : (
        <MetricCharts run={run} metrics={metrics} source={source} smooth={smooth} look={look} onZoom={onZoom} />
      )}
    </div>
  )
}

/** How this run's steps become epochs and seconds. */
function stepClock(run: RunDetail): StepClock {
  const train = isTrained(run.config) ? run.config.train : null
  const queries = run.datasetCounts?.queries.train ?? 0
  return { stepsPerEpoch: train && queries > 0 ? queries / (train.batchSize * train.accumulation) : null, startedAt: run.startedAt ? Date.parse(run.startedAt) : null }
}

/** The curves with every point of the stretch that is shown, once they are read; until then, and where all are held, those that are held. */
function useStretch(runId: string, held: MetricSeries, { range, x }: ChartLook, clock: StepClock): MetricSeries {
  const steps = range && stepsInside(range, x, { series: held, clock })
  const read = useQuery({ queryKey: [...keys.metrics(runId), steps], queryFn: ({ signal }) => api.metrics(runId, steps, signal), enabled: steps !== null, placeholderData: keepPreviousData, staleTime: 60_000 })
  return steps && read.data && !read.isPlaceholderData ? read.data : held
}

interface LookProps {
  look: ChartLook
  onZoom: (range: [number, number] | null) => void
}

function MeasureChart({ run, measure, source, look, onZoom }: { run: RunDetail; measure: string; source: CurveSource } & LookProps) {
  const chart = useMemo(() => prepareMeasure(measure, [source], look), [measure, source, look])
  const best = chosenEvaluation(run, 'best')
  const value = best?.measures[measure]
  const place = best && chart.curves[0].stretches.flat().find((point) => point.y === value)
  return (
    <ChartPanel
      title={measure}
      headline={<MeasureHeadline run={run} measure={measure} />}
      actions={<RuleHint measure={measure} />}
      chart={chart}
      formatY={formatMeasure}
      emptyHeight={isLive(run.state) ? undefined : 72}
      dots
      best={place ? { x: place.x, y: place.y, colorIndex: run.colorIndex } : null}
      zoomed={look.range !== null}
      onZoom={onZoom}
      empty={isLive(run.state) ? 'The first point comes with the first checkpoint.' : 'No checkpoint was judged.'}
    />
  )
}

function MeasureHeadline({ run, measure }: { run: RunDetail; measure: string }) {
  const best = chosenEvaluation(run, 'best')
  const start = isTrained(run.config) ? run.evaluations.find((evaluation) => evaluation.checkpointStep === 0) : undefined
  const value = best?.measures[measure]
  const from = start?.measures[measure]
  const shown = best ?? start
  const interval = best?.intervals?.[measure]
  return (
    <div className="tabular">
      <div className="flex items-baseline gap-2 whitespace-nowrap">
        <span className="text-2xl font-semibold tracking-tight" data-measure={measure}>
          {value === undefined ? '–' : formatMeasure(value)}
        </span>
        <span className="truncate text-sm text-ink-2">{value !== undefined && from !== undefined ? `${formatDifference(value - from)} from the start` : best === null ? 'not yet judged' : ''}</span>
      </div>
      {isTrained(run.config) && <div className="h-4 truncate text-xs text-ink-3">{best && `step ${formatCount(best.checkpointStep)}, the best by MRR@10`}</div>}
      <div className="h-4 truncate text-xs text-ink-3">
        {shown && `${run.datasetName} ${shown.split}, n ${formatCount(shown.n)}`}
        {interval && `, 95 % ${formatMeasure(interval[0])} to ${formatMeasure(interval[1])}`}
      </div>
    </div>
  )
}

/** A run without training has one value and no curve. */
function MeasureTile({ run, measure }: { run: RunDetail; measure: string }) {
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

function RuleHint({ measure }: { measure: string }) {
  const rule = ruleOf(measure)
  return (
    <Hint text={rule}>
      <Button variant="ghost" size="icon-sm" aria-label={`How ${measure} is computed: ${rule}`}>
        <Info />
      </Button>
    </Hint>
  )
}

function MetricCharts({ run, metrics, source, smooth, look, onZoom }: { run: RunDetail; metrics: MetricSeries | undefined; source: MetricSource; smooth: Smoothing } & LookProps) {
  const names = Object.keys(metrics ?? {}).filter((name) => name !== 'loss' && !isDiagnosis(name)).sort()
  const marks = useMemo(() => source.ends.map((end) => placeOfStep(end, look.x, source)).filter((mark) => mark !== null), [source, look.x])
  const shared = { metrics, source, smooth, look, onZoom, marks }
  return (
    <>
      <MetricChart
        {...shared}
        name="loss"
        title="Training loss"
        className={names.length === 0 ? 'lg:col-span-3' : 'lg:col-span-2'}
        emptyHeight={isLive(run.state) || metrics === undefined ? undefined : 72}
        empty={metrics === undefined ? 'Reading the curve' : isLive(run.state) ? 'The curve starts with the first training step.' : 'Nothing was trained.'}
      />
      {names.map((name) => (
        <MetricChart key={name} {...shared} name={name} title={capitalise(name)} empty="No point yet." />
      ))}
      {metrics && <RunDiagnosis run={run} metrics={metrics} ends={source.ends} />}
    </>
  )
}

interface MetricChartProps extends LookProps {
  name: string
  title: string
  metrics: MetricSeries | undefined
  source: MetricSource
  smooth: Smoothing
  marks: number[]
  empty: string
  emptyHeight?: number
  className?: string
}

function MetricChart({ name, title, metrics, source, smooth, marks, look, onZoom, ...panel }: MetricChartProps) {
  const chart = useMemo(() => prepareMetric(name, [source], smooth, look), [name, source, smooth, look])
  return <ChartPanel {...panel} title={title} headline={<LastValue metrics={metrics} name={name} />} chart={chart} formatY={formatNumber} marks={marks.filter((mark) => mark < chart.x.to)} zoomed={look.range !== null} onZoom={onZoom} />
}

const capitalise = (name: string) => name.charAt(0).toUpperCase() + name.slice(1)

function LastValue({ metrics, name }: { metrics: MetricSeries | undefined; name: string }) {
  const last = metrics?.[name]?.at(-1)
  return <div className="tabular h-5 text-sm text-ink-2">{last && `${formatNumber(Number(last.value.toPrecision(4)))} at step ${formatCount(last.step)}`}</div>
}
