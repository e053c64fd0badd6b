// A bar for a share of work. While `stale`, the share is the last one known and is hatched, not filled.
import { cn } from './class-names'

export function ProgressBar({ share, label, stale = false, tone = 'accent', className }: { share: number; label: string; stale?: boolean; tone?: 'accent' | 'ok' | 'bad' | 'plain'; className?: string }) {
  const color = { accent: 'text-accent', ok: 'text-ok', bad: 'text-bad', plain: 'text-ink-3' }[tone]
  const percent = Math.round(Math.min(1, Math.max(0, share)) * 100)
  return (
    <div role="progressbar" aria-label={label} aria-valuemin={0} aria-valuemax={100} aria-valuenow={percent} className={cn('h-1.5 overflow-hidden rounded-full bg-line', className)}>
      <div style={{ width: `${percent}%` }} className={cn('h-full rounded-full transition-[width] duration-300', stale ? 'hatched text-ink-3' : `${color} bg-current`)} />
    </div>
  )
}
