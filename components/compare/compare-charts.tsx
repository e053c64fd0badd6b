// The curves of the compared runs over one another: all measures by checkpoint, and the loss. Runs that differ in their seed only are one curve with a band.
'use client'
import { useMemo, useState } from 'react'
import type { SeedGroup } from '@/contract/compare'
import { checkpointSteps } from '@/contract/pipeline'
import { isTrained, type MetricSeries, type RunDetail } from '@/contract/run'
import { ChartPanel } from '@/components/charts/chart-panel'
import { type ChartLook, type CurveSource, type MetricSource, PLAIN_LOOK, prepareMeasure, prepareMetric } from '@/components/charts/prepare-curves'
import { formatMeasure, formatNumber } from '@/components/format'
import { Choice } from '@/components/ui/choice'
import { bandRuns } from './prepare-bands'

const SMOOTHING = [
  { value: 'smooth', label: 'Smoothed' },
  { value: 'raw', label: 'Raw' },
] as const
const SEEDS = [
  { value: 'bands', label: 'Seeds as bands' },
  { value: 'runs', label: 'Every run' },
] as const

interface CompareChartsProps {
  runs: RunDetail[]
  measures: readonly string[]
  /** Training losses by run; undefined until they are read. */
  curves: ReadonlyMap<string, MetricSeries[string]> | undefined
  /** Of the comparison; runs that are not in it stand for themselves. */
  groups: SeedGroup[]
  hidden: ReadonlySet<string>
}

export function CompareCharts({ runs, measures, curves, groups, hidden }: CompareChartsProps) {
  const [smooth, setSmooth] = useState<'smooth' | 'raw'>('smooth')
  const [seeds, setSeeds] = useState<'bands' | 'runs'>('bands')
  const [range, setRange] = useState<ChartLook['range']>(null)
  const hasSeeds = groups.some((group) => group.runs.length > 1)
  const look = useMemo((): ChartLook => ({ ...PLAIN_LOOK, range }), [range])
  const entries = useMemo(() => {
    const alone = (ids: string[]): SeedGroup[] => ids.map((id) => ({ name: id, runs: [id], measures: [] }))
    const grouped = new Set(groups.flatMap((group) => group.runs))
    return bandRuns(runs, seeds === 'runs' ? alone(runs.map((run) => run.id)) : [...groups, ...alone(runs.map((run) => run.id).filter((id) => !grouped.has(id)))])
  }, [runs, groups, seeds])
  const charts = useMemo(() => {
    const sources = entries.map(({ id, label, colorIndex, evaluations, members: [{ config }] }): CurveSource => ({ id, label, colorIndex, evaluations, steps: isTrained(config) ? config.train.steps : null }))
    return measures.map((measure) => ({ measure, chart: prepareMeasure(measure, sources, look) }))
  }, [entries, measures, look])
  const loss = useMemo(() => {
    const seriesOf = (run: RunDetail): MetricSeries => ({ loss: curves?.get(run.id) ?? [] })
    const sources = entries.flatMap(({ id, label, colorIndex, members }): MetricSource[] => {
      const [{ config }] = members
      if (!isTrained(config)) return []
      return [{ id, label, colorIndex, series: seriesOf(members[0]), ends: checkpointSteps(config.train), seeds: members.slice(1).map((run) => ({ id: run.id, label: run.name, colorIndex: run.colorIndex, series: seriesOf(run) })) }]
    })
    return prepareMetric('loss', sources, smooth, look)
  }, [entries, curves, smooth, look])
  return (
    <div className="flex flex-col gap-3">
      {hasSeeds && (
        <div className="flex flex-wrap items-center gap-2 text-xs text-ink-3">
          <Choice label="Runs that differ in their seed" value={seeds} onChange={setSeeds} options={SEEDS} />
          {seeds === 'bands' && 'Line: mean over seeds; band: from the lowest to the highest.'}
        </div>
      )}
      <div className="grid gap-4 lg:grid-cols-3">
        {charts.map(({ measure, chart }) => (
          <ChartPanel key={measure} title={measure} chart={chart} formatY={formatMeasure} height={256} dots hidden={hidden} zoomed={range !== null} onZoom={setRange} empty="No checkpoint was judged yet." />
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
          zoomed={range !== null}
          onZoom={setRange}
          empty={curves === undefined ? 'Reading the curves' : 'None of these runs was trained.'}
        />
      </div>
    </div>
  )
}
