// The legend of overlaid runs; a click or Enter switches a run on or off in all charts of the view.
'use client'
import { cn } from '@/components/ui/class-names'
import { LineMark } from './line-mark'

interface ChartLegendProps {
  runs: { id: string; name: string; colorIndex: number }[]
  hidden: ReadonlySet<string>
  onToggle: (id: string) => void
}

export function ChartLegend({ runs, hidden, onToggle }: ChartLegendProps) {
  return (
    <div role="group" aria-label="Runs in the charts" className="flex flex-wrap gap-1">
      {runs.map((run) => {
        const on = !hidden.has(run.id)
        return (
          <button
            key={run.id}
            type="button"
            aria-pressed={on}
            onClick={() => onToggle(run.id)}
            className={cn('flex h-7 max-w-60 items-center gap-2 rounded-md px-2 text-sm text-ink hover:bg-hover pointer-coarse:h-9', !on && 'text-ink-3 line-through')}
          >
            <LineMark colorIndex={run.colorIndex} className={on ? undefined : 'opacity-30'} />
            <span className="truncate">{run.name}</span>
          </button>
        )
      })}
    </div>
  )
}
