// The run's log: the newest lines, followed while the reader stays at the end; older ones on demand; filtered and searched on the server.
'use client'
import { ArrowDownToLine, WrapText } from 'lucide-react'
import { type RefObject, useEffect, useLayoutEffect, useRef, useState } from 'react'
import type { RunEvent } from '@/contract/event'
import { type RunDetail, isLive } from '@/contract/run'
import { api, messageOf } from '@/components/api'
import { formatClock } from '@/components/format'
import { Button } from '@/components/ui/button'
import { cn } from '@/components/ui/class-names'
import { Panel } from '@/components/ui/panel'
import { type LogFilter, LogFilters, NO_FILTER } from './log-filters'
import { type LogLine, filterLines, joinLines, toLogLines } from './prepare-log'

const PAGE = 300
/** A search begins when the reader pauses for this long. */
const TYPING_MS = 250

interface LogState {
  lines: LogLine[]
  before: string | null
  error: string | null
  loading: boolean
}

const EMPTY: LogState = { lines: [], before: null, error: null, loading: true }

export function RunLog({ run, listener, className }: { run: RunDetail; listener: RefObject<(lines: RunEvent[]) => void>; className?: string }) {
  const [filter, setFilter] = useState(NO_FILTER)
  const asked = useDelayed(filter, TYPING_MS)
  const { stepId } = filter
  const [log, setLog] = useState<LogState>(EMPTY)
  const [follow, setFollow] = useState(true)
  const [wrap, setWrap] = useState(true)
  const box = useRef<HTMLDivElement>(null)

  useEffect(() => {
    const stop = new AbortController()
    setLog(EMPTY)
    setFollow(true)
    listener.current = (events) => {
      const fresh = filterLines(toLogLines(events), asked)
      if (fresh.length > 0) setLog((held) => ({ ...held, lines: joinLines(held.lines, fresh) }))
    }
    api.logs(run.id, { ...asked, before: null, limit: PAGE }, stop.signal).then(
      (page) => setLog((held) => ({ lines: joinLines(held.lines, page.lines), before: page.before, error: null, loading: false })),
      (error: Error) => !stop.signal.aborted && setLog((held) => ({ ...held, error: error.message, loading: false })),
    )
    return () => {
      stop.abort()
      listener.current = () => {}
    }
  }, [run.id, asked, listener])

  useLayoutEffect(() => {
    if (follow && box.current) box.current.scrollTop = box.current.scrollHeight
  }, [follow, log.lines])

  const loadOlder = async () => {
    const height = box.current?.scrollHeight ?? 0
    setFollow(false)
    try {
      const page = await api.logs(run.id, { ...asked, before: log.before, limit: PAGE })
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
        <>
          <LogFilters run={run} filter={filter} onChange={setFilter} />
          <Button variant="ghost" size="icon-sm" aria-pressed={wrap} aria-label="Wrap long lines" title="Wrap long lines" onClick={() => setWrap(!wrap)} className="aria-pressed:bg-hover">
            <WrapText />
          </Button>
        </>
      }
    >
      <div ref={box} onScroll={onScroll} tabIndex={0} role="log" aria-label="Log" aria-live="off" className={cn('overflow-auto rounded-b-lg border-t border-line bg-sunken px-4 py-2 font-mono text-xs', isLive(run.state) ? 'h-72' : 'max-h-72 min-h-16')}>
        {log.before && (
          <Button size="sm" onClick={loadOlder} className="mb-2 font-sans">
            Earlier lines
          </Button>
        )}
        {log.error && <p className="text-bad">The log could not be read: {log.error}</p>}
        {log.lines.length === 0 && !log.error && <p className="text-ink-3">{log.loading ? 'Reading the log' : isFiltered(filter) ? 'No line fits the search and the filters.' : isLive(run.state) ? 'Lines appear here as the steps write them.' : 'No step wrote a line.'}</p>}
        {log.lines.map((line) => (
          <div key={line.id} className={cn('grid gap-x-2', wrap ? 'grid-cols-[4.5rem_minmax(0,1fr)]' : 'w-max min-w-full grid-cols-[4.5rem_max-content]', line.level === 'error' && 'text-bad', line.level === 'warn' && 'text-warn')}>
            <time dateTime={line.at} className="text-ink-3">
              {formatClock(new Date(line.at), now)}
            </time>
            <span className={wrap ? 'whitespace-pre-wrap [overflow-wrap:anywhere]' : 'whitespace-pre'}>
              {line.level !== 'info' && <b className="font-semibold">{line.level} </b>}
              {stepId === null && line.stepId && <span className="text-ink-3">{labels.get(line.stepId)}: </span>}
              {asked.q ? <Marked text={line.line} q={asked.q} /> : line.line}
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

const isFiltered = ({ stepId, attempt, level, q }: LogFilter) => stepId !== null || attempt !== null || level !== 'info' || q !== ''

/** The text with what was searched for marked. */
function Marked({ text, q }: { text: string; q: string }) {
  const at = text.toLowerCase().indexOf(q.toLowerCase())
  if (at < 0) return text
  return (
    <>
      {text.slice(0, at)}
      <mark className="rounded-xs bg-mark text-ink">{text.slice(at, at + q.length)}</mark>
      {text.slice(at + q.length)}
    </>
  )
}

/** The value as it was when it last stayed the same for a while. */
function useDelayed<T>(value: T, ms: number): T {
  const [delayed, setDelayed] = useState(value)
  useEffect(() => {
    const timer = setTimeout(() => setDelayed(value), ms)
    return () => clearTimeout(timer)
  }, [value, ms])
  return delayed
}
