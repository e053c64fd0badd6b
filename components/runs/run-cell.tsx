// One cell of the table of runs, for a run or for several that differ in their seed. A value says of which checkpoint it is in the column's head.
'use client'
import { ChevronRight } from 'lucide-react'
import type { ReactNode } from 'react'
import type { RunRow } from '@/contract/run-table'
import { isUntrainedMethod, METHOD_TITLES, isLive, valueAt } from '@/contract/run'
import { formatAgo, formatCount, formatDateTime, formatDifference, formatDuration, formatMeasure, formatNumber } from '@/components/format'
import { Badge } from '@/components/ui/badge'
import { cn } from '@/components/ui/class-names'
import { CONFIG_FIELDS, formatValue } from './config-fields'
import type { TableColumn } from './prepare-columns'
import { aggregate, groupName, groupState } from './prepare-groups'
import { RunName } from './run-name'
import { RunProgress } from './run-progress'
import { RunStateBadge } from './run-state-badge'

export interface CellContext {
  now: Date
  /** The connection is lost: nothing is shown as live. */
  stale: boolean
  baseline: { id: string; measures: Record<string, number> } | null
}

const NONE = <span className="text-ink-3">–</span>

const secondsOf = (run: RunRow, now: Date) => (run.startedAt === null ? null : ((run.finishedAt === null ? now.getTime() : Date.parse(run.finishedAt)) - Date.parse(run.startedAt)) / 1000)

export function RunCell({ column, run, context, nested }: { column: TableColumn; run: RunRow; context: CellContext; nested?: boolean }): ReactNode {
  switch (column.id) {
    case 'name':
      return (
        <span className={cn('flex min-w-0 items-center gap-1.5', nested && 'pl-6')}>
          <RunName run={run} className="min-w-0" />
          {context.baseline?.id === run.id && <Badge>baseline</Badge>}
        </span>
      )
    case 'state':
      return (
        <span className="flex min-w-0 items-center gap-2">
          <RunStateBadge state={run.state} stale={context.stale} />
          {isLive(run.state) && run.state !== 'queued' && <RunProgress run={run} className="min-w-0 flex-1" />}
          {run.state === 'failed' && run.reason && (
            <span className="min-w-0 truncate text-xs text-ink-3" title={run.reason}>
              {run.reason}
            </span>
          )}
        </span>
      )
    case 'method':
      return METHOD_TITLES[run.method]
    case 'dataset':
      return run.datasetName
    case 'start':
      return run.startRunName ?? run.startModelName ?? NONE
    case 'startmethod':
      return run.startMethod ? METHOD_TITLES[run.startMethod] : NONE
    case 'tag':
      return run.tags.length === 0 ? NONE : <Tags tags={run.tags} />
    case 'step':
      return <span className="text-xs text-ink-3">{run.evaluation ? `${run.evaluation.split}, n ${formatCount(run.evaluation.n)}${isUntrainedMethod(run.method) ? '' : `, step ${formatCount(run.evaluation.checkpointStep)}`}` : 'not judged'}</span>
    case 'duration': {
      const seconds = secondsOf(run, context.now)
      return seconds === null ? NONE : formatDuration(seconds)
    }
    case 'created':
      return (
        <time dateTime={run.createdAt} title={formatDateTime(new Date(run.createdAt))} className="text-ink-3">
          {formatAgo(new Date(run.createdAt), context.now)}
        </time>
      )
    default:
      return column.kind === 'measure' ? <MeasureValue name={column.label} value={run.evaluation?.measures[column.label]} context={context} isBaseline={context.baseline?.id === run.id} /> : <ConfigValue column={column} runs={[run]} />
  }
}

function MeasureValue({ name, value, context, isBaseline }: { name: string; value: number | undefined; context: CellContext; isBaseline: boolean }) {
  if (value === undefined) return NONE
  const against = isBaseline ? undefined : context.baseline?.measures[name]
  return (
    <span className="flex flex-col items-end leading-tight">
      <span className="text-base">{formatMeasure(value)}</span>
      {against !== undefined && <Difference value={value - against} />}
    </span>
  )
}

function Difference({ value }: { value: number }) {
  return <span className={cn('text-xs', Number(value.toFixed(3)) === 0 ? 'text-ink-3' : value > 0 ? 'text-ok' : 'text-bad')}>{formatDifference(value)}</span>
}

function ConfigValue({ column, runs }: { column: TableColumn; runs: RunRow[] }) {
  const path = column.id.slice('config.'.length)
  const field = CONFIG_FIELDS.find((candidate) => candidate.path === path)
  const values = [...new Set(runs.map((run) => valueAt(run.config, path)))].map((value) => (value === undefined ? '–' : field ? formatValue(field, value) : typeof value === 'number' ? formatNumber(value) : String(value)))
  return <span className={cn('truncate', values.every((value) => value === '–') && 'text-ink-3')}>{values.length > 3 ? `${values.length} values` : values.join(', ')}</span>
}

function Tags({ tags }: { tags: string[] }) {
  return (
    <span className="flex gap-1 overflow-hidden">
      {tags.map((tag) => (
        <Badge key={tag}>{tag}</Badge>
      ))}
    </span>
  )
}

/** A cell of several runs: a mean with its deviation where it is a number, what they share, or how many values there are. */
export function GroupCell({ column, runs, context, open, onToggle }: { column: TableColumn; runs: RunRow[]; context: CellContext; open: boolean; onToggle: () => void }): ReactNode {
  switch (column.id) {
    case 'name':
      return (
        <button type="button" aria-expanded={open} onClick={onToggle} className="flex max-w-full min-w-0 items-center gap-1.5 text-left font-medium">
          <ChevronRight className={cn('size-4 shrink-0 text-ink-3 transition-transform', open && 'rotate-90')} aria-hidden />
          <span className="truncate">{groupName(runs)}</span>
          <Badge>{runs.length} seeds</Badge>
        </button>
      )
    case 'state': {
      const states = runs.map((run) => run.state)
      const state = groupState(states)
      const same = states.filter((each) => each === state).length
      return (
        <span className="flex items-center gap-2">
          <RunStateBadge state={state} stale={context.stale} />
          {same < runs.length && <span className="text-xs text-ink-3">{`${same} of ${runs.length}`}</span>}
        </span>
      )
    }
    case 'method':
    case 'dataset':
    case 'startmethod':
      return RunCell({ column, run: runs[0], context })
    case 'start':
      return [...new Set(runs.map((run) => run.startRunName ?? run.startModelName))].length > 1 ? <span className="text-ink-3">one each</span> : RunCell({ column, run: runs[0], context })
    case 'tag': {
      const shared = runs[0].tags.filter((tag) => runs.every((run) => run.tags.includes(tag)))
      return shared.length ? <Tags tags={shared} /> : NONE
    }
    case 'step':
      return <span className="text-xs text-ink-3">{`${runs.filter((run) => run.evaluation).length} of ${runs.length} judged`}</span>
    case 'duration':
      return <AggregateValue values={runs.map((run) => secondsOf(run, context.now))} format={formatDuration} total={runs.length} />
    case 'created':
      return RunCell({ column, run: runs[0], context })
    default:
      return column.kind === 'measure' ? <AggregateValue values={runs.map((run) => run.evaluation?.measures[column.label])} format={formatMeasure} total={runs.length} against={context.baseline?.measures[column.label]} /> : <ConfigValue column={column} runs={runs} />
  }
}

function AggregateValue({ values, format, total, against }: { values: (number | null | undefined)[]; format: (value: number) => string; total: number; against?: number }) {
  const found = aggregate(values)
  if (!found) return NONE
  const { mean, deviation, n } = found
  return (
    <span className="flex flex-col items-end leading-tight" title={`Mean of ${n} of ${total} runs${deviation === null ? '' : `, standard deviation ${format(deviation)}`}`}>
      <span className="text-base">{format(mean)}</span>
      {against !== undefined ? <Difference value={mean - against} /> : <span className="text-xs text-ink-3">{deviation === null ? `n ${n}` : `± ${format(deviation)}`}</span>}
    </span>
  )
}
