// Runs as a table on wide screens and as cards on small ones; both from the same rows.
'use client'
import { ArrowDown, ArrowUp } from 'lucide-react'
import type { ReactNode } from 'react'
import { MEASURES, MEASURE_RULES, type MeasureName } from '@/contract/measure'
import { isUntrainedMethod, type EvaluationSummary, METHOD_TITLES, type RunSummary, isLive } from '@/contract/run'
import { useConnection } from '@/components/connection'
import { formatAgo, formatCount, formatDateTime, formatMeasure } from '@/components/format'
import { useNow } from '@/components/shell/use-now'
import { Checkbox } from '@/components/ui/checkbox'
import { cn } from '@/components/ui/class-names'
import { Hint } from '@/components/ui/tooltip'
import { type Checkpoint, type Order, type SortKey, chosenEvaluation, leaders } from './prepare-runs'
import { RunName } from './run-name'
import { RunProgress } from './run-progress'
import { RunStateBadge } from './run-state-badge'

interface RunsTableProps {
  runs: RunSummary[]
  which: Checkpoint
  sort: SortKey
  order: Order
  onSort: (key: SortKey) => void
  selected: ReadonlySet<string>
  onToggle: (id: string) => void
}

export function RunsTable(props: RunsTableProps) {
  return (
    <>
      <WideTable {...props} />
      <Cards {...props} />
    </>
  )
}

const judgedOn = ({ split, n, checkpointStep }: EvaluationSummary, run: RunSummary) => `${split}, n ${formatCount(n)}${isUntrainedMethod(run.method) ? '' : `, step ${formatCount(checkpointStep)}`}`

function WideTable({ runs, which, sort, order, onSort, selected, onToggle }: RunsTableProps) {
  const now = useNow(30_000)
  const stale = useConnection().state === 'lost'
  const best = leadersOf(runs, which)
  const head = { sort, order, onSort }
  return (
    <div className="hidden overflow-x-auto rounded-lg border border-line bg-surface md:block">
      <table className="w-full text-sm">
        <thead className="text-left text-xs text-ink-3">
          <tr className="h-9 border-b border-line">
            <th scope="col" className="w-10 pl-3">
              <span className="sr-only">Select to compare</span>
            </th>
            <SortHead sortKey="name" {...head}>
              Name
            </SortHead>
            <SortHead sortKey="state" {...head} className="w-60">
              State
            </SortHead>
            <SortHead sortKey="method" {...head}>
              Method
            </SortHead>
            <SortHead sortKey="dataset" {...head} className="hidden xl:table-cell">
              Data set
            </SortHead>
            {MEASURES.map((measure) => (
              <SortHead key={measure} sortKey={measure} {...head} align="right" hint={MEASURE_RULES[measure]}>
                {measure}
              </SortHead>
            ))}
            <th scope="col" className="hidden px-3 font-medium lg:table-cell">
              Judged on
            </th>
            <SortHead sortKey="created" {...head} align="right" className="pr-4">
              Created
            </SortHead>
          </tr>
        </thead>
        <tbody>
          {runs.map((run) => {
            const evaluation = chosenEvaluation(run, which)
            const isSelected = selected.has(run.id)
            return (
              <tr key={run.id} data-run={run.name} className={cn('h-12 border-b border-line last:border-0 hover:bg-hover', isSelected && 'bg-accent-soft hover:bg-accent-soft')}>
                <td className="pl-3">
                  <Checkbox aria-label={`Select ${run.name}`} checked={isSelected} onChange={() => onToggle(run.id)} />
                </td>
                <td className="max-w-72 px-3">
                  <RunName run={run} />
                  {(run.startRunName ?? run.startModelName) && <div className="truncate pl-6 text-xs text-ink-3">from {run.startRunName ?? run.startModelName}</div>}
                </td>
                <td className="px-3">
                  <div className="flex items-center gap-3">
                    <RunStateBadge state={run.state} stale={stale} />
                    {isLive(run.state) && <RunProgress run={run} className="w-32 flex-1" />}
                    {run.state === 'failed' && run.reason && (
                      <span className="max-w-44 truncate text-xs text-ink-3" title={run.reason}>
                        {run.reason}
                      </span>
                    )}
                  </div>
                </td>
                <td className="px-3 whitespace-nowrap text-ink-2">{METHOD_TITLES[run.method]}</td>
                <td className="hidden max-w-40 truncate px-3 text-ink-2 xl:table-cell">{run.datasetName}</td>
                {MEASURES.map((measure) => (
                  <td key={measure} className="tabular px-3 text-right text-base">
                    <MeasureCell evaluation={evaluation} measure={measure} best={best[measure].get(run.datasetId)} />
                  </td>
                ))}
                <td className="tabular hidden px-3 text-xs whitespace-nowrap text-ink-3 lg:table-cell">{evaluation ? judgedOn(evaluation, run) : 'not yet judged'}</td>
                <td className="pr-4 pl-3 text-right whitespace-nowrap text-ink-3">
                  <time dateTime={run.createdAt} title={formatDateTime(new Date(run.createdAt))}>
                    {formatAgo(new Date(run.createdAt), now)}
                  </time>
                </td>
              </tr>
            )
          })}
        </tbody>
      </table>
    </div>
  )
}

function MeasureCell({ evaluation, measure, best }: { evaluation: EvaluationSummary | null; measure: MeasureName; best: number | undefined }) {
  const value = evaluation?.measures[measure]
  if (value === undefined) return <span className="text-ink-3">–</span>
  return value === best ? <b className="font-semibold" title="The highest on this data set">{formatMeasure(value)}</b> : <>{formatMeasure(value)}</>
}

const leadersOf = (runs: RunSummary[], which: Checkpoint) => Object.fromEntries(MEASURES.map((measure) => [measure, leaders(runs, measure, which)])) as Record<MeasureName, ReadonlyMap<string, number>>

interface SortHeadProps {
  sortKey: SortKey
  sort: SortKey
  order: Order
  onSort: (key: SortKey) => void
  align?: 'left' | 'right'
  hint?: string
  className?: string
  children: ReactNode
}

function SortHead({ sortKey, sort, order, onSort, align = 'left', hint, className, children }: SortHeadProps) {
  const active = sort === sortKey
  const Arrow = order === 'asc' ? ArrowUp : ArrowDown
  const button = (
    <button type="button" onClick={() => onSort(sortKey)} className={cn('inline-flex h-7 items-center gap-1 rounded font-medium whitespace-nowrap hover:text-ink', align === 'right' && 'flex-row-reverse', active && 'text-ink')}>
      {children}
      <Arrow aria-hidden className={cn('size-3', !active && 'invisible')} />
    </button>
  )
  return (
    <th scope="col" aria-sort={active ? (order === 'asc' ? 'ascending' : 'descending') : undefined} className={cn('px-3', align === 'right' && 'text-right', className)}>
      {hint ? <Hint text={hint}>{button}</Hint> : button}
    </th>
  )
}

function Cards({ runs, which, selected, onToggle }: RunsTableProps) {
  const best = leadersOf(runs, which)
  const now = useNow(30_000)
  const stale = useConnection().state === 'lost'
  return (
    <ul className="flex flex-col gap-2 md:hidden">
      {runs.map((run) => {
        const evaluation = chosenEvaluation(run, which)
        return (
          <li key={run.id} className={cn('rounded-lg border border-line bg-surface p-3', selected.has(run.id) && 'border-accent bg-accent-soft')}>
            <div className="flex items-center gap-3">
              <label className="-m-3 p-3">
                <Checkbox aria-label={`Select ${run.name}`} checked={selected.has(run.id)} onChange={() => onToggle(run.id)} />
              </label>
              <RunName run={run} className="flex-1" />
              <RunStateBadge state={run.state} stale={stale} />
            </div>
            {isLive(run.state) && <RunProgress run={run} className="mt-3" />}
            {run.state === 'failed' && run.reason && <p className="mt-2 line-clamp-2 text-xs text-bad">{run.reason}</p>}
            <dl className="mt-3 grid grid-cols-3 gap-2">
              {MEASURES.map((measure) => (
                <div key={measure}>
                  <dt className="text-xs text-ink-3">{measure}</dt>
                  <dd className="tabular text-lg">
                    <MeasureCell evaluation={evaluation} measure={measure} best={best[measure].get(run.datasetId)} />
                  </dd>
                </div>
              ))}
            </dl>
            <p className="mt-2 flex flex-wrap gap-x-2 text-xs text-ink-3">
              <span>{METHOD_TITLES[run.method]}</span>
              <span>{run.datasetName}</span>
              {evaluation && <span className="tabular">{judgedOn(evaluation, run)}</span>}
              <span className="ml-auto">{formatAgo(new Date(run.createdAt), now)}</span>
            </p>
          </li>
        )
      })}
    </ul>
  )
}
