// Draws a CurveChart as SVG: lines, intervals, dots, checkpoints. Pointer or arrow keys read values, dragging or + and − zoom.
// Own drawing, because a chart library took seconds for the points of twenty runs; height is fixed so that nothing jumps.
'use client'
import { type KeyboardEvent, type PointerEvent, type RefObject, useLayoutEffect, useMemo, useRef, useState } from 'react'
import { formatCount } from '@/components/format'
import { runColor, runDash } from '@/components/run-colors'
import { LineMark } from './line-mark'
import { scaleTo, tickLabels, xLabel, xText, xTicks, X_TITLES } from './prepare-axis'
import { type Curve, type CurveChart as CurveChartModel, nearestPoint, xStops, zoomRange } from './prepare-curves'
import { bandPath, hasPlace, linePath } from './prepare-paths'

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
  /** Called with the stretch that the reader chose; null: everything again. Absent: no zoom. */
  onZoom?: (range: [number, number] | null) => void
  svgRef?: RefObject<SVGSVGElement | null>
}

const EDGE = { top: 8, right: 14, bottom: 36, left: 44 }
/** What axes are laid out by until the chart is measured. */
const UNMEASURED_PX = 320
/** A drag that is shorter is a click. */
const LEAST_DRAG_PX = 6
const MOVES = { ArrowLeft: true, ArrowRight: true, Home: true, End: true }

export function CurveChart({ chart, label, formatY, height, dots = false, hidden, marks = [], best, onZoom, svgRef }: CurveChartProps) {
  const box = useRef<HTMLDivElement>(null)
  const measured = useWidth(box)
  const width = measured ?? UNMEASURED_PX
  const { x: axis, yTicks, yScale } = chart
  const shown = useMemo(() => (hidden ? chart.curves.filter((curve) => !hidden.has(curve.id)) : chart.curves), [chart.curves, hidden])
  const right = Math.max(EDGE.left + 40, width - EDGE.right)
  const x = scaleTo([axis.from, axis.to], [EDGE.left, right])
  const y = scaleTo([yTicks[0], yTicks[yTicks.length - 1]], [height - EDGE.bottom, EDGE.top], yScale)
  const xAt = (px: number) => axis.from + ((Math.min(right, Math.max(EDGE.left, px)) - EDGE.left) / (right - EDGE.left)) * (axis.to - axis.from)

  const [cursor, setCursor] = useState<number | null>(null)
  const [drag, setDrag] = useState<[number, number] | null>(null)
  // The widest axis seen of its kind is what zooming out leads back to.
  const full = useRef({ kind: axis.kind, from: axis.from, to: axis.to })
  if (full.current.kind !== axis.kind) full.current = axis
  else if (axis.to > full.current.to || axis.from < full.current.from) full.current = { kind: axis.kind, from: Math.min(axis.from, full.current.from), to: Math.max(axis.to, full.current.to) }
  // Gathered when the cursor is first moved: nobody waits for it before.
  const xStopsOf = useMemo(() => {
    let known: number[] | null = null
    return () => (known ??= xStops(shown, axis))
  }, [shown, axis])
  const nearestStop = (value: number) => xStopsOf().reduce<number | null>((nearest, stop) => (nearest === null || Math.abs(stop - value) < Math.abs(nearest - value) ? stop : nearest), null)

  const pointerX = (event: PointerEvent) => event.clientX - box.current!.getBoundingClientRect().left
  const onPointerDown = (event: PointerEvent) => {
    if (!onZoom || event.button !== 0 || event.pointerType === 'touch') return
    event.currentTarget.setPointerCapture(event.pointerId)
    setDrag([pointerX(event), pointerX(event)])
  }
  const onPointerMove = (event: PointerEvent) => {
    if (drag) setDrag([drag[0], pointerX(event)])
    setCursor(nearestStop(xAt(pointerX(event))))
  }
  const onPointerUp = () => {
    if (drag && Math.abs(drag[1] - drag[0]) >= LEAST_DRAG_PX) onZoom?.([Math.min(...drag.map(xAt)), Math.max(...drag.map(xAt))])
    setDrag(null)
  }
  const onKeyDown = (event: KeyboardEvent) => {
    const stops = event.key in MOVES ? xStopsOf() : []
    const at = cursor === null ? -1 : stops.indexOf(cursor)
    const moves: Record<string, number> = { ArrowLeft: at < 0 ? stops.length - 1 : at - 1, ArrowRight: at + 1, Home: 0, End: stops.length - 1 }
    const zooms: Record<string, number> = { '+': 2, '=': 2, '-': 0.5 }
    if (event.key in moves) setCursor(stops[Math.min(stops.length - 1, Math.max(0, moves[event.key]))] ?? null)
    else if (event.key in zooms && onZoom) onZoom(zoomRange(axis, [full.current.from, full.current.to], cursor ?? (axis.from + axis.to) / 2, zooms[event.key]))
    else if ((event.key === '0' || event.key === 'Escape') && onZoom) onZoom(null)
    else return
    event.preventDefault()
  }

  const labels = tickLabels(yTicks, yScale)
  const clip = `clip-${label.replaceAll(/\W/g, '')}`
  return (
    <figure aria-label={label} data-chart={label} className="relative w-full min-w-0">
      <div
        ref={box}
        tabIndex={0}
        role="group"
        aria-roledescription="chart"
        aria-label={`${label}: arrow keys read values${onZoom ? ', plus and minus zoom, 0 shows everything' : ''}`}
        style={{ height }}
        className={`w-full touch-pan-y select-none ${onZoom ? 'cursor-crosshair' : ''}`}
        onPointerDown={onPointerDown}
        onPointerMove={onPointerMove}
        onPointerUp={onPointerUp}
        onPointerLeave={() => setCursor(null)}
        onBlur={() => setCursor(null)}
        onDoubleClick={() => onZoom?.(null)}
        onKeyDown={onKeyDown}
      >
        <svg ref={svgRef} width={width} height={height} className="block" aria-hidden>
          <clipPath id={clip}>
            <rect x={EDGE.left - 8} y={0} width={right - EDGE.left + 16} height={height - EDGE.bottom + 8} />
          </clipPath>
          {yTicks.map((tick, i) => (
            <g key={tick}>
              <line x1={EDGE.left} x2={right} y1={y(tick)} y2={y(tick)} stroke="var(--line)" />
              <text x={EDGE.left - 6} y={y(tick) + 3.5} textAnchor="end" fontSize={11} fill="var(--ink-3)">
                {labels[i]}
              </text>
            </g>
          ))}
          <line x1={EDGE.left} x2={right} y1={height - EDGE.bottom} y2={height - EDGE.bottom} stroke="var(--line-strong)" />
          {xTicks(axis.kind, axis.from, axis.to, width < 420 ? 4 : 5).map((tick) => (
            <text key={tick} x={x(tick)} y={height - EDGE.bottom + 15} textAnchor={tick === axis.from ? 'start' : 'middle'} fontSize={11} fill="var(--ink-3)">
              {xLabel(axis.kind, tick)}
            </text>
          ))}
          <text x={(EDGE.left + right) / 2} y={height - 4} textAnchor="middle" fontSize={11} fill="var(--ink-3)">
            {X_TITLES[axis.kind]}
          </text>
          <g clipPath={`url(#${clip})`}>
            {marks
              .filter((mark) => mark >= axis.from && mark <= axis.to)
              .map((mark) => (
                <line key={mark} data-mark x1={x(mark)} x2={x(mark)} y1={EDGE.top} y2={height - EDGE.bottom} stroke="var(--line-strong)" strokeOpacity={0.5} strokeDasharray="2 4" />
              ))}
            <Lines chart={chart} shown={shown} width={measured} height={height} dots={dots} />
            {best && best.x >= axis.from && best.x <= axis.to && hasPlace(best.y, yScale) && <circle cx={x(best.x)} cy={y(best.y)} r={6.5} fill="none" stroke={runColor(best.colorIndex)} strokeWidth={1.5} />}
          </g>
          {cursor !== null && !drag && (
            <g data-cursor pointerEvents="none">
              <line x1={x(cursor)} x2={x(cursor)} y1={EDGE.top} y2={height - EDGE.bottom} stroke="var(--line-strong)" strokeDasharray="3 3" />
              {shown.map((curve) => {
                const point = curve.isLevel ? null : nearestPoint(curve, cursor, 0)
                return point && hasPlace(point.y, yScale) && <circle key={curve.id} cx={x(point.x)} cy={y(point.y)} r={4.5} fill={runColor(curve.colorIndex)} stroke="var(--surface)" strokeWidth={1.5} />
              })}
            </g>
          )}
          {drag && <rect data-cursor x={Math.min(...drag)} y={EDGE.top} width={Math.abs(drag[1] - drag[0])} height={height - EDGE.bottom - EDGE.top} fill="var(--accent)" fillOpacity={0.15} stroke="var(--accent)" strokeOpacity={0.5} />}
        </svg>
      </div>
      {cursor !== null && !drag && <CurveTip chart={chart} x={cursor} curves={shown} reach={dots ? 0 : (axis.to - axis.from) * 0.02} formatY={formatY} left={x(cursor)} width={width} />}
    </figure>
  )
}

/** The curves themselves: they are drawn again when the chart changes, not when the pointer moves. */
function Lines({ chart, shown, width, height, dots }: { chart: CurveChartModel; shown: Curve[]; width: number | null; height: number; dots: boolean }) {
  return useMemo(() => {
    // Not measured yet: nothing is drawn that would be drawn again.
    if (width === null) return null
    const { x: axis, yTicks, yScale } = chart
    const x = scaleTo([axis.from, axis.to], [EDGE.left, Math.max(EDGE.left + 40, width - EDGE.right)])
    const y = scaleTo([yTicks[0], yTicks[yTicks.length - 1]], [height - EDGE.bottom, EDGE.top], yScale)
    return shown.map((curve) => {
      const color = runColor(curve.colorIndex)
      const dash = runDash(curve.colorIndex)
      return (
        <g key={curve.id} data-curve={curve.id} fill="none" stroke={color} strokeLinejoin="round">
          {curve.stretches.map((points, i) => points.some((point) => point.interval) && <path key={`band${i}`} d={bandPath(points, x, y, yScale)} fill={color} fillOpacity={0.12} stroke="none" />)}
          {curve.behind && <path d={linePath(curve.behind, x, y, yScale)} strokeWidth={1} strokeOpacity={0.3} />}
          {curve.stretches.map((points, i) => (
            <path key={i} d={linePath(points, x, y, yScale)} strokeWidth={curve.isLevel ? 1.5 : 2} strokeDasharray={dash} />
          ))}
          {dots && !curve.isLevel && curve.stretches.flat().map((point) => hasPlace(point.y, yScale) && <circle key={point.x} data-dot cx={x(point.x)} cy={y(point.y)} r={3} fill={color} stroke="none" />)}
        </g>
      )
    })
  }, [chart, shown, width, height, dots])
}

/** Width of an element, null until it is measured: before the first paint. */
function useWidth(ref: RefObject<HTMLDivElement | null>): number | null {
  const [width, setWidth] = useState<number | null>(null)
  useLayoutEffect(() => {
    const el = ref.current!
    setWidth(el.clientWidth)
    const observer = new ResizeObserver(() => setWidth(el.clientWidth))
    observer.observe(el)
    return () => observer.disconnect()
  }, [ref])
  return width
}

const TIP_ROWS = 12

function CurveTip({ chart, x, curves, reach, formatY, left, width }: { chart: CurveChartModel; x: number; curves: Curve[]; reach: number; formatY: (value: number) => string; left: number; width: number }) {
  const rows = curves.flatMap((curve) => {
    const point = nearestPoint(curve, x, reach)
    return point ? [{ curve, point }] : []
  })
  const atRight = left > width / 2
  return (
    <div role="status" style={atRight ? { right: width - left + 10 } : { left: left + 10 }} className="pointer-events-none absolute top-2 z-20 max-w-72 rounded-md border border-line bg-raised px-2.5 py-2 text-xs shadow-float">
      <div className="tabular mb-1 font-medium text-ink">{xText(chart.x.kind, x)}</div>
      <table>
        <tbody>
          {rows.slice(0, TIP_ROWS).map(({ curve, point }) => (
            <tr key={curve.id}>
              <td className="pr-2">
                <LineMark colorIndex={curve.colorIndex} />
              </td>
              <td className="max-w-32 truncate pr-3 text-ink-2">{curve.label}</td>
              <td className="tabular text-right font-medium text-ink">{formatY(point.y)}</td>
              {point.interval && <td className="tabular pl-2 whitespace-nowrap text-ink-3">{`${formatY(point.interval[0])}–${formatY(point.interval[1])}`}</td>}
              {point.n !== undefined && <td className="tabular pl-2 text-right whitespace-nowrap text-ink-3">n {formatCount(point.n)}</td>}
            </tr>
          ))}
        </tbody>
      </table>
      {rows.length > TIP_ROWS && <p className="mt-1 text-ink-3">and {rows.length - TIP_ROWS} more; the table view has all</p>}
    </div>
  )
}
