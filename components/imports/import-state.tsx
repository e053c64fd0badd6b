// How an import stands: its badge, how far it is, why it failed. Used by the cards of data sets and models.
'use client'
import { LoaderCircle } from 'lucide-react'
import type { Progress } from '@/contract/progress'
import { useConnection } from '@/components/connection'
import { formatCount, formatTimeLeft } from '@/components/format'
import { Badge } from '@/components/ui/badge'
import { ProgressBar } from '@/components/ui/progress-bar'

interface Imported {
  name: string
  state: 'importing' | 'ready' | 'failed'
  reason: string | null
  progress: Progress | null
}

export function ImportBadge({ state }: Pick<Imported, 'state'>) {
  if (state === 'importing')
    return (
      <Badge tone="accent">
        <LoaderCircle aria-hidden className="animate-spin" /> Importing
      </Badge>
    )
  return state === 'failed' ? <Badge tone="bad">Import failed</Badge> : <Badge tone="ok">Ready</Badge>
}

/** Nothing once it is ready. `note`: what can be done meanwhile. */
export function ImportOutcome({ imported: { name, state, reason, progress }, note = '' }: { imported: Imported; note?: string }) {
  // While nobody knows how it fares, its bar stands still.
  const stale = useConnection().state === 'lost'
  if (state === 'failed') return <p className="px-4 pb-3 text-sm whitespace-pre-wrap text-bad">{reason ?? 'No reason was recorded.'}</p>
  if (state === 'ready') return null
  if (!progress) return <p className="px-4 pb-3 text-sm text-ink-2">Waits for a worker. {note}</p>
  return (
    <div className="px-4 pb-3 text-sm text-ink-2">
      <ProgressBar share={progress.total > 0 ? progress.done / progress.total : 0} label={`Import of ${name}`} stale={stale} />
      <p className="tabular mt-1 text-xs text-ink-3">
        {formatCount(progress.done)} of {formatCount(progress.total)} {progress.unit}
        {!stale && progress.secondsLeft !== null && ` · ${formatTimeLeft(progress.secondsLeft)} left`}
      </p>
      {note && <p className="mt-1">{note}</p>}
    </div>
  )
}
