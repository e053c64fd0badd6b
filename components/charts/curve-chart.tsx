// Draws a CurveChart with Recharts: lines by optimizer step, arrow-key and pointer tooltip, fixed height so that nothing jumps.
'use client'
import { CartesianGrid, Line, LineChart, ReferenceDot, ReferenceLine, ResponsiveContainer, Tooltip, XAxis, YAxis } from 'recharts'
import { formatCount } from '@/components/format'
import { runColor, runDash } from '@/components/run-colors'
import { LineMark } from './line-mark'
import { stepLabel, stepTicks } from './prepare-axis'
import { type Curve, type CurveChart as CurveChartModel, nearestPoint, prepareLines } from './prepare-curves'

interface CurveChartProps {
  chart: CurveChartModel
  label: string
  formatY: (value: number) => string
  height: number
  /** Draw a dot at every point: where points are checkpoints. */
  dots?: boolean
  /** Ids of the curves that the legend has switched off. */
  hidden?: ReadonlySet<string>
  /** Vertical marks, such as checkpoints. */
  marks?: number[]
  /** The point to ring. */
  best?: { x: number; y: number; colorIndex: number } | null
}

const TICK = { fontSize: 11, fill: 'var(--ink-3)' }

export function CurveChart({ chart, label, formatY, height, dots = false, hidden, marks = [], best }: CurveChartProps) {
  const shown = hidden ? chart.curves.filter((curve) => !hidden.has(curve.id)) : chart.curves
  const { lines, rows } = prepareLines(shown)
  const { yTicks, xLast } = chart
  return (
    <figure aria-label={label} style={{ height }} className="w-full min-w-0 text-xs" data-chart={label}>
      <ResponsiveContainer width="100%" height="100%" minWidth={0} initialDimension={{ width: 320, height }}>
        <LineChart data={rows} margin={{ top: 8, right: 12, bottom: 14, left: 0 }} title={label}>
          <CartesianGrid stroke="var(--line)" vertical={false} />
          <XAxis
            dataKey="x"
            type="number"
            domain={[0, xLast]}
            ticks={stepTicks(xLast)}
            tickFormatter={stepLabel}
            tick={TICK}
            tickLine={false}
            axisLine={{ stroke: 'var(--line-strong)' }}
            height={22}
            label={{ value: 'optimizer step', position: 'insideBottom', offset: -10, fontSize: 11, fill: 'var(--ink-3)' }}
          />
          <YAxis domain={[yTicks[0], yTicks.at(-1)!]} ticks={yTicks} tickFormatter={formatTick(yTicks)} tick={TICK} tickLine={false} axisLine={false} width={42} />
          {marks.map((x) => (
            <ReferenceLine key={x} x={x} stroke="var(--line-strong)" strokeOpacity={0.5} strokeDasharray="2 4" />
          ))}
          {lines.map(({ key, curve, role }) => (
            <Line
              key={key}
              dataKey={key}
              type="linear"
              connectNulls
              isAnimationActive={false}
              stroke={runColor(curve.colorIndex)}
              strokeDasharray={runDash(curve.colorIndex)}
              strokeWidth={role === 'behind' ? 1 : curve.isLevel ? 1.5 : 2}
              strokeOpacity={role === 'behind' ? 0.3 : 1}
              dot={dots && role === 'line' && !curve.isLevel ? { r: 3, fill: runColor(curve.colorIndex), strokeWidth: 0 } : false}
              activeDot={role === 'behind' || curve.isLevel ? false : { r: 4.5, stroke: 'var(--surface)', strokeWidth: 1.5, fill: runColor(curve.colorIndex) }}
            />
          ))}
          {best && <ReferenceDot x={best.x} y={best.y} r={6.5} fill="none" stroke={runColor(best.colorIndex)} strokeWidth={1.5} />}
          <Tooltip
            cursor={{ stroke: 'var(--line-strong)', strokeDasharray: '3 3' }}
            isAnimationActive={false}
            content={({ active, label: x }) => (active && typeof x === 'number' ? <CurveTip x={x} curves={shown} reach={dots ? xLast * 0.001 : xLast * 0.02} formatY={formatY} /> : null)}
          />
        </LineChart>
      </ResponsiveContainer>
    </figure>
  )
}

/** As many places as tell neighbouring ticks apart. */
function formatTick(ticks: number[]): (value: number) => string {
  const step = Number((ticks.length > 1 ? ticks[1] - ticks[0] : 1).toPrecision(6))
  if (step < 1e-5) return (value) => (value === 0 ? '0' : value.toExponential(1))
  const places = String(step).split('.')[1]?.length ?? 0
  return (value) => (Math.abs(value) >= 10_000 ? stepLabel(value) : value.toFixed(places))
}

function CurveTip({ x, curves, reach, formatY }: { x: number; curves: Curve[]; reach: number; formatY: (value: number) => string }) {
  const rows = curves.flatMap((curve) => {
    const point = nearestPoint(curve, x, reach)
    return point ? [{ curve, point }] : []
  })
  return (
    <div className="max-w-72 rounded-md border border-line bg-raised px-2.5 py-2 text-xs shadow-float">
      <div className="tabular mb-1 font-medium text-ink">Step {formatCount(x)}</div>
      <table>
        <tbody>
          {rows.map(({ curve, point }) => (
            <tr key={curve.id}>
              <td className="pr-2">
                <LineMark colorIndex={curve.colorIndex} />
              </td>
              <td className="max-w-32 truncate pr-3 text-ink-2">{curve.label}</td>
              <td className="tabular text-right font-medium text-ink">{formatY(point.y)}</td>
              {point.n !== undefined && <td className="tabular pl-2 text-right text-ink-3">n {formatCount(point.n)}</td>}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}
