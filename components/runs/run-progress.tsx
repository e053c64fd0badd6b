// How far a live run is, in words and as a bar. While the connection is lost the bar is hatched and no time is promised.
'use client'
import type { RunSummary } from '@/contract/run'
import { useConnection } from '@/components/connection'
import { formatTimeLeft } from '@/components/format'
import { ProgressBar } from '@/components/ui/progress-bar'
import { cn } from '@/components/ui/class-names'

export function RunProgress({ run, className }: { run: Pick<RunSummary, 'name' | 'state' | 'progress' | 'currentStep'>; className?: string }) {
  const stale = useConnection().state === 'lost'
  const { done, total, secondsLeft } = run.progress
  const words = [!stale && secondsLeft !== null ? `${formatTimeLeft(secondsLeft)} left` : null, run.state === 'queued' ? null : run.currentStep].filter(Boolean).join(' · ')
  return (
    <div className={cn('min-w-0', className)}>
      <ProgressBar share={total > 0 ? done / total : 0} label={`Progress of ${run.name}`} stale={stale} />
      <div className="tabular mt-1 truncate text-xs text-ink-3">
        {done}/{total} steps{words && ` · ${words}`}
      </div>
    </div>
  )
}
