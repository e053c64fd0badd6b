// The memory and cores of a run's steps over its time, drawn by Recharts. Loaded by run-resources.tsx when there is something to draw.
'use client'
import { Area, CartesianGrid, ComposedChart, Line, ResponsiveContainer, Tooltip, XAxis, YAxis } from 'recharts'
import { formatBytes } from '@/components/format'
import { niceTicks, xLabel, xTicks } from '@/components/charts/prepare-axis'
import type { UsePoint } from './prepare-resources'

const TICK = { fontSize: 11, fill: 'var(--ink-3)' }
const HEIGHT = 150

export function ResourcesDrawing({ points }: { points: UsePoint[] }) {
  const last = points[points.length - 1].seconds
  const memory = niceTicks(0, Math.max(...points.map((point) => point.memoryBytes ?? 0)), 3)
  const cores = niceTicks(0, Math.max(1, ...points.map((point) => point.cores ?? 0)), 3)
  return (
    <figure aria-label="Memory and cores over time" data-chart="Resources" style={{ height: HEIGHT }} className="w-full min-w-0 px-2 text-xs">
      <ResponsiveContainer width="100%" height="100%" minWidth={0} initialDimension={{ width: 320, height: HEIGHT }}>
        <ComposedChart data={points} margin={{ top: 6, right: 0, bottom: 0, left: 0 }} title="Memory and cores over time">
          <CartesianGrid stroke="var(--line)" vertical={false} />
          <XAxis dataKey="seconds" type="number" domain={[0, last]} ticks={xTicks('time', 0, last, 4)} tickFormatter={(value: number) => xLabel('time', value)} tick={TICK} tickLine={false} axisLine={{ stroke: 'var(--line-strong)' }} height={22} />
          <YAxis yAxisId="memory" domain={[0, memory.at(-1)!]} ticks={memory} tickFormatter={formatBytes} tick={TICK} tickLine={false} axisLine={false} width={52} />
          <YAxis yAxisId="cores" orientation="right" domain={[0, cores.at(-1)!]} ticks={cores} tick={TICK} tickLine={false} axisLine={false} width={28} />
          <Area yAxisId="memory" dataKey="memoryBytes" type="linear" stroke="var(--accent)" fill="var(--accent)" fillOpacity={0.12} strokeWidth={1.5} connectNulls={false} isAnimationActive={false} dot={false} />
          <Line yAxisId="cores" dataKey="cores" type="linear" stroke="var(--warn)" strokeWidth={1.5} strokeDasharray="4 3" connectNulls={false} isAnimationActive={false} dot={false} />
          <Tooltip
            isAnimationActive={false}
            content={({ active, payload }) => {
              const point = payload?.[0]?.payload as UsePoint | undefined
              return active && point?.label ? (
                <div className="tabular rounded-md border border-line bg-raised px-2.5 py-1.5 text-xs shadow-float">
                  <div className="font-medium text-ink">{point.label}</div>
                  {formatBytes(point.memoryBytes ?? 0)}, {(point.cores ?? 0).toFixed(1)} cores
                </div>
              ) : null
            }}
          />
        </ComposedChart>
      </ResponsiveContainer>
    </figure>
  )
}
