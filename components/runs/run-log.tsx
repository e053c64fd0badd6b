// The run's log: the newest lines, followed while the reader stays at the end; older ones on demand; one step or all.
'use client'
import { ArrowDownToLine } from 'lucide-react'
import { type RefObject, useEffect, useLayoutEffect, useRef, useState } from 'react'
import type { RunEvent } from '@/contract/event'
import { type RunDetail, isLive } from '@/contract/run'
import { api, messageOf } from '@/components/api'
import { formatClock } from '@/components/format'
import { Button } from '@/components/ui/button'
import { cn } from '@/components/ui/class-names'
import { Select } from '@/components/ui/field'
import { Panel } from '@/components/ui/panel'
import { type LogLine, joinLines, toLogLines } from './prepare-log'

const PAGE = 300

interface LogState {
  lines: LogLine[]
  before: string | null
  error: string | null
  loading: boolean
}

const EMPTY: LogState = { lines: [], before: null, error: null, loading: true }

export function RunLog({ run, listener, className }: { run: RunDetail; listener: RefObject<(lines: RunEvent[]) => void>; className?: string }) {
  const [stepId, setStepId] = useState<string | null>(null)
  const [log, setLog] = useState<LogState>(EMPTY)
  const [follow, setFollow] = useState(true)
  const box = useRef<HTMLDivElement>(null)

  useEffect(() => {
    const stop = new AbortController()
    setLog(EMPTY)
    setFollow(true)
    listener.current = (events) => {
      const fresh = toLogLines(events).filter((line) => stepId === null || line.stepId === stepId)
      if (fresh.length > 0) setLog((held) => ({ ...held, lines: joinLines(held.lines, fresh) }))
    }
    api.logs(run.id, { stepId, before: null, limit: PAGE }, stop.signal).then(
      (page) => setLog((held) => ({ lines: joinLines(held.lines, page.lines), before: page.before, error: null, loading: false })),
      (error: Error) => !stop.signal.aborted && setLog((held) => ({ ...held, error: error.message, loading: false })),
    )
    return () => {
      stop.abort()
      listener.current = () => {}
    }
  }, [run.id, stepId, listener])

  useLayoutEffect(() => {
    if (follow && box.current) box.current.scrollTop = box.current.scrollHeight
  }, [follow, log.lines])

  const loadOlder = async () => {
    const height = box.current?.scrollHeight ?? 0
    setFollow(false)
    try {
      const page = await api.logs(run.id, { stepId, before: log.before, limit: PAGE })
      setLog((held) => ({ ...held, lines: joinLines(page.lines, held.lines), before: page.before, error: null }))
      // Stay at the line one was reading.
      requestAnimationFrame(() => {
        if (box.current) box.current.scrollTop += box.current.scrollHeight - height
      })
    } catch (error) {
      setLog((held) => ({ ...held, error: messageOf(error) }))
    }
  }
  const onScroll = () => {
    const el = box.current
    if (el) setFollow(el.scrollHeight - el.scrollTop - el.clientHeight < 24)
  }

  const labels = new Map(run.steps.map((step) => [step.id, step.label]))
  const now = new Date()
  return (
    <Panel
      title="Log"
      className={className}
      bodyClassName="relative px-0 pb-0"
      actions={
        <Select aria-label="Lines of" value={stepId ?? ''} onChange={(e) => setStepId(e.target.value || null)} className="h-7 w-auto max-w-48 text-sm">
          <option value="">All steps</option>
          {run.steps.map((step) => (
            <option key={step.id} value={step.id}>
              {step.label}
            </option>
          ))}
        </Select>
      }
    >
      <div ref={box} onScroll={onScroll} tabIndex={0} role="log" aria-label="Log" aria-live="off" className={cn('overflow-auto rounded-b-lg border-t border-line bg-sunken px-4 py-2 font-mono text-xs', isLive(run.state) ? 'h-72' : 'max-h-72 min-h-16')}>
        {log.before && (
          <Button size="sm" onClick={loadOlder} className="mb-2 font-sans">
            Earlier lines
          </Button>
        )}
        {log.error && <p className="text-bad">The log could not be read: {log.error}</p>}
        {log.lines.length === 0 && !log.error && <p className="text-ink-3">{log.loading ? 'Reading the log' : isLive(run.state) ? 'Lines appear here as the steps write them.' : 'No step wrote a line.'}</p>}
        {log.lines.map((line) => (
          <div key={line.id} className={cn('grid grid-cols-[4.5rem_minmax(0,1fr)] gap-x-2', line.level === 'error' && 'text-bad', line.level === 'warn' && 'text-warn')}>
            <time dateTime={line.at} className="text-ink-3">
              {formatClock(new Date(line.at), now)}
            </time>
            <span className="whitespace-pre-wrap [overflow-wrap:anywhere]">
              {line.level !== 'info' && <b className="font-semibold">{line.level} </b>}
              {stepId === null && line.stepId && <span className="text-ink-3">{labels.get(line.stepId)}: </span>}
              {line.line}
            </span>
          </div>
        ))}
      </div>
      {!follow && isLive(run.state) && (
        <Button size="sm" onClick={() => setFollow(true)} className="absolute right-4 bottom-3 shadow-float">
          <ArrowDownToLine /> Follow
        </Button>
      )}
    </Panel>
  )
}
