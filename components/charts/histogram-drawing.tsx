// The drawing of a histogram with Recharts, in the look of the curves (curve-chart.tsx). Loaded by histogram.tsx.
'use client'
import { Bar, BarChart, CartesianGrid, Cell, ReferenceLine, ResponsiveContainer, Tooltip, XAxis, YAxis } from 'recharts'
import { formatCount } from '@/components/format'
import { HISTOGRAM_HEIGHT, type HistogramProps } from './histogram'
import { niceTicks, stepLabel } from './prepare-axis'

const TICK = { fontSize: 11, fill: 'var(--ink-3)' }

export function HistogramDrawing({ label, bins, formatX, isSigned = false, height = HISTOGRAM_HEIGHT }: HistogramProps) {
  const width = (bins.to - bins.from) / bins.counts.length
  const rows = bins.counts.map((count, i) => ({ count, from: bins.from + i * width, middle: bins.from + (i + 0.5) * width }))
  const total = bins.counts.reduce((sum, count) => sum + count, 0)
  const yTicks = niceTicks(0, Math.max(1, ...bins.counts), 3)
  return (
    <figure aria-label={`${label}: ${formatCount(total)} values`} data-chart={label} style={{ height }} className="w-full min-w-0 text-xs">
      <ResponsiveContainer width="100%" height="100%" minWidth={0} initialDimension={{ width: 320, height }}>
        <BarChart data={rows} margin={{ top: 6, right: 12, bottom: 0, left: 0 }} barCategoryGap={1} accessibilityLayer title={label}>
          <CartesianGrid stroke="var(--line)" vertical={false} />
          <XAxis dataKey="middle" type="number" domain={[bins.from, bins.to]} ticks={niceTicks(bins.from, bins.to, 4).filter((tick) => tick >= bins.from && tick <= bins.to)} tickFormatter={formatX} tick={TICK} tickLine={false} axisLine={{ stroke: 'var(--line-strong)' }} height={22} />
          <YAxis domain={[0, yTicks.at(-1)!]} ticks={yTicks} tickFormatter={stepLabel} tick={TICK} tickLine={false} axisLine={false} width={42} />
          {isSigned && <ReferenceLine x={0} stroke="var(--ink-3)" strokeDasharray="3 3" />}
          <Bar dataKey="count" isAnimationActive={false}>
            {rows.map(({ from }) => (
              <Cell key={from} fill={isSigned ? (from >= 0 ? 'var(--warn)' : 'var(--line-strong)') : 'var(--accent)'} />
            ))}
          </Bar>
          <Tooltip
            cursor={{ fill: 'var(--hover)' }}
            isAnimationActive={false}
            content={({ active, payload }) => {
              const row = payload?.[0]?.payload as (typeof rows)[number] | undefined
              return active && row ? (
                <div className="tabular rounded-md border border-line bg-raised px-2.5 py-1.5 text-xs shadow-float">
                  {formatX(row.from)} to {formatX(row.from + width)}: <b className="font-medium text-ink">{formatCount(row.count)}</b>
                </div>
              ) : null
            }}
          />
        </BarChart>
      </ResponsiveContainer>
    </figure>
  )
}
