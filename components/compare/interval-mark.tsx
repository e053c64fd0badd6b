// A difference and its 95 % interval on an axis with zero in the middle; the same axis in every row.
import type { Verdict } from './prepare-comparison'

const COLORS: Record<Verdict, string> = { better: 'var(--ok)', worse: 'var(--bad)', unclear: 'var(--ink-3)' }

export function IntervalMark({ difference, low, high, reach, verdict }: { difference: number; low: number; high: number; reach: number; verdict: Verdict }) {
  const x = (value: number) => 50 + (value / reach) * 46
  return (
    <svg viewBox="0 0 100 12" className="h-3 w-24" preserveAspectRatio="none" aria-hidden>
      <line x1={50} x2={50} y1={0} y2={12} stroke="var(--line-strong)" strokeWidth={1} vectorEffect="non-scaling-stroke" />
      <line x1={x(low)} x2={x(high)} y1={6} y2={6} stroke={COLORS[verdict]} strokeWidth={2} vectorEffect="non-scaling-stroke" />
      <rect x={x(difference) - 1.5} y={2.5} width={3} height={7} fill={COLORS[verdict]} />
    </svg>
  )
}
