// Bars over equal bins, with a line at zero: for distributions whose sign matters. Called by the negatives page; numbers stand in its title and table.
'use client'
import { scaleTo } from './prepare-axis'

interface HistogramProps {
  label: string
  bins: { from: number; to: number; counts: number[] }
  /** What stands below the axis at its left, middle and right. */
  captions: [string, string, string]
}

const SIZE = { width: 600, height: 130, bottom: 22 }

export function Histogram({ label, bins, captions }: HistogramProps) {
  const x = scaleTo([bins.from, bins.to], [0, SIZE.width])
  const most = Math.max(1, ...bins.counts)
  const width = (bins.to - bins.from) / bins.counts.length
  const total = bins.counts.reduce((sum, count) => sum + count, 0)
  return (
    <figure data-chart={label}>
      <svg viewBox={`0 0 ${SIZE.width} ${SIZE.height}`} className="h-32 w-full" preserveAspectRatio="none" role="img" aria-label={`${label}: ${total} values from ${bins.from.toFixed(2)} to ${bins.to.toFixed(2)}`}>
        {bins.counts.map((count, i) => {
          const from = bins.from + i * width
          const height = (count / most) * (SIZE.height - SIZE.bottom - 4)
          return (
            <rect key={i} x={x(from) + 0.5} width={Math.max(1, x(from + width) - x(from) - 1)} y={SIZE.height - SIZE.bottom - height} height={height} fill={from >= 0 ? 'var(--warn)' : 'var(--line-strong)'}>
              <title>{`${from.toFixed(3)} to ${(from + width).toFixed(3)}: ${count}`}</title>
            </rect>
          )
        })}
        <line x1={0} x2={SIZE.width} y1={SIZE.height - SIZE.bottom} y2={SIZE.height - SIZE.bottom} stroke="var(--line-strong)" vectorEffect="non-scaling-stroke" />
        <line x1={x(0)} x2={x(0)} y1={0} y2={SIZE.height - SIZE.bottom} stroke="var(--ink-3)" strokeDasharray="3 3" vectorEffect="non-scaling-stroke" />
      </svg>
      <figcaption className="tabular -mt-5 flex justify-between text-xs text-ink-3">
        {captions.map((caption) => (
          <span key={caption}>{caption}</span>
        ))}
      </figcaption>
    </figure>
  )
}
