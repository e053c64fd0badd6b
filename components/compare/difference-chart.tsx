// How many queries gained or lost how much: bars at both sides of zero, ties apart in the middle.
'use client'
import type { RefObject } from 'react'
import { formatCount, formatDifference } from '@/components/format'
import type { binDifferences } from './prepare-slices'

const SIZE = { width: 640, height: 220, bottom: 34, top: 18 }
const TIE_WIDTH = 40

export function DifferenceChart({ bins: { losses, ties, wins }, label, svgRef }: { bins: ReturnType<typeof binDifferences>; label: string; svgRef: RefObject<SVGSVGElement | null> }) {
  const most = Math.max(1, ...losses.map((bin) => bin.count), ...wins.map((bin) => bin.count))
  const side = (SIZE.width - TIE_WIDTH) / 2
  const width = side / losses.length
  const base = SIZE.height - SIZE.bottom
  const heightOf = (count: number) => (count / most) * (base - SIZE.top)
  const bar = (x: number, count: number, color: string, words: string) =>
    count > 0 && (
      <g key={x}>
        <rect x={x + 1} y={base - heightOf(count)} width={width - 2} height={heightOf(count)} fill={color} rx={1.5}>
          <title>{`${words}: ${formatCount(count)}`}</title>
        </rect>
        <text x={x + width / 2} y={base - heightOf(count) - 4} textAnchor="middle" fontSize={10} fill="var(--ink-3)">
          {formatCount(count)}
        </text>
      </g>
    )
  const words = (bin: { from: number; to: number }) => `${formatDifference(bin.from)} to ${formatDifference(bin.to)}`
  const reach = wins.at(-1)!.to
  return (
    <svg ref={svgRef} viewBox={`0 0 ${SIZE.width} ${SIZE.height}`} className="w-full" role="img" aria-label={label}>
      {losses.map((bin, i) => bar(i * width, bin.count, 'var(--bad)', words(bin)))}
      {wins.map((bin, i) => bar(side + TIE_WIDTH + i * width, bin.count, 'var(--ok)', words(bin)))}
      <line x1={0} x2={SIZE.width} y1={base} y2={base} stroke="var(--line-strong)" />
      <text x={SIZE.width / 2} y={base - 20} textAnchor="middle" fontSize={11} fill="var(--ink-2)">
        {formatCount(ties)}
      </text>
      <text x={SIZE.width / 2} y={base - 6} textAnchor="middle" fontSize={11} fill="var(--ink-3)">
        tied
      </text>
      {[
        { x: 0, text: formatDifference(-reach), anchor: 'start' as const },
        { x: side, text: '0', anchor: 'end' as const },
        { x: side + TIE_WIDTH, text: '0', anchor: 'start' as const },
        { x: SIZE.width, text: formatDifference(reach), anchor: 'end' as const },
      ].map(({ x, text, anchor }) => (
        <text key={x} x={x} y={base + 15} textAnchor={anchor} fontSize={11} fill="var(--ink-3)">
          {text}
        </text>
      ))}
      <text x={SIZE.width / 2} y={SIZE.height - 4} textAnchor="middle" fontSize={11} fill="var(--ink-3)">
        difference by query
      </text>
    </svg>
  )
}
