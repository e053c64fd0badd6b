// The steps of a run on its time axis, a bar for each attempt, grouped by checkpoint; the group that works now is open.
'use client'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { ChevronRight } from 'lucide-react'
import { useState } from 'react'
import { type RunDetail, isLive } from '@/contract/run'
import { api, keys } from '@/components/api'
import { useConnection } from '@/components/connection'
import { formatDuration, formatTimeLeft } from '@/components/format'
import { useNow } from '@/components/shell/use-now'
import { cn } from '@/components/ui/class-names'
import { Panel } from '@/components/ui/panel'
import { ProgressBar } from '@/components/ui/progress-bar'
import { type TimelineGroup, type TimelineStep, currentGroup, prepareTimeline } from './prepare-timeline'
import { StateIcon } from './run-state-badge'

export function RunTimeline({ run, className }: { run: RunDetail; className?: string }) {
  const { state, lostAt } = useConnection()
  const live = isLive(run.state)
  const now = useNow(live && state !== 'lost' ? 1000 : null)
  // Steps tell their last attempt; earlier ones are read where there were any.
  const tries = run.steps.reduce((sum, step) => sum + step.attempt, 0)
  const again = run.steps.some((step) => step.attempt > 1)
  const attempts = useQuery({ queryKey: keys.attempts(run.id, tries), queryFn: ({ signal }) => api.attempts(run.id, signal), enabled: again, placeholderData: keepPreviousData })
  const { groups, seconds, ticks } = prepareTimeline(run, lostAt ?? now.getTime(), attempts.data)
  // What the reader opened or closed; the rest follows the work.
  const [chosen, setChosen] = useState<ReadonlyMap<string, boolean>>(new Map())
  const current = currentGroup(groups)
  const works = run.steps.some((step) => step.state === 'running')
  return (
    <Panel title="Steps" note={seconds > 0 ? `${run.progress.done} of ${run.progress.total} · ${formatDuration(seconds)}` : `${run.progress.done} of ${run.progress.total}`} bodyClassName="px-2 pb-2" className={className}>
      {ticks.length > 1 && (
        <div className={cn(ROW, 'h-5')} aria-hidden>
          <span className="tabular relative col-start-3 text-xs text-ink-3">
            {ticks.map((tick, i) => (
              <span key={tick.label} style={{ left: `${tick.left}%` }} className={cn('absolute whitespace-nowrap', i > 0 && (tick.left > 90 ? '-translate-x-full' : '-translate-x-1/2'))}>
                {tick.label}
              </span>
            ))}
          </span>
        </div>
      )}
      {attempts.error && <p className="px-2 pb-1 text-xs text-bad">Earlier attempts could not be read: {attempts.error.message}</p>}
      <ol className="max-h-[40rem] overflow-y-auto" tabIndex={0} aria-label="Steps">
        {groups.map((group) => {
          const open = chosen.get(group.id) ?? (groups.length === 1 || group.id === current)
          return (
            <li key={group.id} className="border-t border-line py-0.5 first:border-0">
              <GroupRow group={group} open={open} stale={state === 'lost'} onToggle={() => setChosen(new Map(chosen).set(group.id, !open))} />
              {open && (
                <ol className="pb-1">
                  {group.steps.map((item) => (
                    <StepRow key={item.step.id} item={item} works={works} stale={state === 'lost'} />
                  ))}
                </ol>
              )}
            </li>
          )
        })}
      </ol>
    </Panel>
  )
}

const ROW = 'grid grid-cols-[1rem_minmax(0,1fr)_minmax(3rem,30%)_4.5rem] items-center gap-x-2 px-2'

function GroupRow({ group, open, stale, onToggle }: { group: TimelineGroup; open: boolean; stale: boolean; onToggle: () => void }) {
  const seconds = group.steps.reduce((sum, item) => sum + (item.seconds ?? 0), 0)
  return (
    <button type="button" aria-expanded={open} onClick={onToggle} className={cn(ROW, 'h-8 w-full rounded-md text-left hover:bg-hover pointer-coarse:h-10')}>
      <StateIcon state={group.state} stale={stale} />
      <span className="flex min-w-0 items-center gap-1 text-sm font-medium">
        <ChevronRight aria-hidden className={cn('size-3.5 shrink-0 text-ink-3 transition-transform', open && 'rotate-90')} />
        <span className="truncate">{group.title}</span>
        <span className="tabular shrink-0 text-xs font-normal text-ink-3">
          {group.done}/{group.steps.length}
        </span>
      </span>
      <span className="relative h-2" aria-hidden>
        {!open && group.steps.map((item) => <Bars key={item.step.id} item={item} />)}
      </span>
      <span className="tabular text-right text-xs text-ink-3">{group.reused === group.steps.length ? 'reused' : seconds > 0 ? formatDuration(seconds) : ''}</span>
    </button>
  )
}

/** `works`: a step of the run works now, so what the later ones wait for goes without saying. */
function StepRow({ item, works, stale }: { item: TimelineStep; works: boolean; stale: boolean }) {
  const { step, seconds } = item
  const { progress } = step
  const running = step.state === 'running'
  const reason = step.state === 'succeeded' || (works && step.state === 'waiting') ? null : step.reason
  return (
    <li data-step={step.label} data-state={step.state}>
      <div className={cn(ROW, 'min-h-7')}>
        <StateIcon state={step.state} stale={stale} />
        <span className="truncate pl-[1.125rem] text-sm text-ink-2" title={step.label}>
          {shortLabel(step.label)}
          {step.attempt > 1 && <span className="text-xs text-ink-3"> attempt {step.attempt}</span>}
        </span>
        <span className="relative h-2" aria-hidden>
          <Bars item={item} />
        </span>
        <span className="tabular text-right text-xs text-ink-3">{step.reused ? <span title="Another run had already made this artifact">reused</span> : seconds !== null ? formatDuration(seconds) : ''}</span>
      </div>
      {running && progress && (
        <div className="px-2 pb-1.5 pl-[3.125rem]">
          <ProgressBar share={progress.total > 0 ? progress.done / progress.total : 0} label={`Progress of ${step.label}`} stale={stale} />
          <p className="tabular mt-0.5 text-xs text-ink-3">
            {Math.floor(progress.done).toLocaleString('en-US')} of {progress.total.toLocaleString('en-US')} {progress.unit}
            {stale ? ' when the connection was lost' : progress.secondsLeft !== null && ` · ${formatTimeLeft(progress.secondsLeft)} left`}
          </p>
        </div>
      )}
      {reason && <p className={cn('px-2 pb-1.5 pl-[3.125rem] text-xs break-words', step.state === 'failed' ? 'text-bad' : 'text-ink-3')}>{reason}</p>}
    </li>
  )
}

/** The group's title says which checkpoint: "Encode documents at 2000" is "Encode documents" inside it. */
const shortLabel = (label: string) => label.replace(/ (at|to) \d+$/, '')

const BAR_COLORS = { running: 'bg-accent', succeeded: 'bg-line-strong', failed: 'bg-bad', cancelled: 'bg-warn', lost: 'hatched text-warn' } as const

function Bars({ item: { bars } }: { item: TimelineStep }) {
  return bars.map((bar, i) => <span key={i} data-attempt={bar.look} title={bar.title} className={cn('absolute inset-y-0 min-w-0.5 rounded-[1px]', BAR_COLORS[bar.look])} style={{ left: `${Math.min(99, bar.left)}%`, width: `${bar.width}%` }} />)
}
