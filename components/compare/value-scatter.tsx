// Every query as a point: its value in the baseline across, in the other run upwards. Points on one another grow.
'use client'
import { type RefObject, useMemo } from 'react'
import { formatMeasure } from '@/components/format'
import type { Difference } from './prepare-slices'

/** `far`: room above and to the right, where the last label ends. */
const SIZE = { width: 364, height: 364, edge: 40, far: 14 }

export function ValueScatter({ differences, label, names, svgRef }: { differences: Difference[]; label: string; names: [string, string]; svgRef: RefObject<SVGSVGElement | null> }) {
  const top = Math.max(1, ...differences.flatMap(({ a, b }) => [a, b]))
  const span = SIZE.width - SIZE.edge - SIZE.far
  const x = (value: number) => SIZE.edge + (value / top) * span
  const y = (value: number) => SIZE.height - SIZE.edge - (value / top) * span
  const points = useMemo(() => {
    const counts = new Map<string, { a: number; b: number; n: number }>()
    for (const { a, b } of differences) {
      const key = `${a.toFixed(3)} ${b.toFixed(3)}`
      const point = counts.get(key)
      if (point) point.n += 1
      else counts.set(key, { a, b, n: 1 })
    }
    return [...counts.values()]
  }, [differences])
  const ticks = [0, top / 4, top / 2, (3 * top) / 4, top]
  return (
    <svg ref={svgRef} viewBox={`0 0 ${SIZE.width} ${SIZE.height}`} className="mx-auto w-full max-w-md" role="img" aria-label={label}>
      {ticks.map((tick) => (
        <g key={tick}>
          <line x1={x(tick)} x2={x(tick)} y1={y(0)} y2={y(top)} stroke="var(--line)" />
          <line x1={x(0)} x2={x(top)} y1={y(tick)} y2={y(tick)} stroke="var(--line)" />
          <text x={x(tick)} y={y(0) + 14} textAnchor="middle" fontSize={10} fill="var(--ink-3)">
            {tick.toFixed(2)}
          </text>
          <text x={x(0) - 5} y={y(tick) + 3} textAnchor="end" fontSize={10} fill="var(--ink-3)">
            {tick.toFixed(2)}
          </text>
        </g>
      ))}
      <line x1={x(0)} y1={y(0)} x2={x(top)} y2={y(top)} stroke="var(--line-strong)" strokeDasharray="4 3" />
      {points.map(({ a, b, n }) => (
        <circle key={`${a} ${b}`} cx={x(a)} cy={y(b)} r={Math.min(12, 2.2 + Math.sqrt(n - 1) * 0.7)} fill={b > a ? 'var(--ok)' : b < a ? 'var(--bad)' : 'var(--ink-3)'} fillOpacity={0.55}>
          <title>{`${names[0]} ${formatMeasure(a)}, ${names[1]} ${formatMeasure(b)}: ${n === 1 ? '1 query' : `${n} queries`}`}</title>
        </circle>
      ))}
      <text x={x(top / 2)} y={SIZE.height - 8} textAnchor="middle" fontSize={11} fill="var(--ink-2)">
        {names[0]}
      </text>
      <text transform={`translate(11 ${y(top / 2)}) rotate(-90)`} textAnchor="middle" fontSize={11} fill="var(--ink-2)">
        {names[1]}
      </text>
    </svg>
  )
}
