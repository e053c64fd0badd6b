// The sign of a run in legends, tables and headings: a short piece of its line, in its colour and dash.
import { runColor, runDash } from '@/components/run-colors'

export function LineMark({ colorIndex, className }: { colorIndex: number; className?: string }) {
  return (
    <svg viewBox="0 0 16 8" width={16} height={8} aria-hidden className={`shrink-0 ${className ?? ''}`}>
      <line x1={1} y1={4} x2={15} y2={4} stroke={runColor(colorIndex)} strokeWidth={3.5} strokeLinecap={runDash(colorIndex) ? 'butt' : 'round'} strokeDasharray={runDash(colorIndex)} />
    </svg>
  )
}
