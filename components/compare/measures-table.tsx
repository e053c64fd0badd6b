// Measures of the compared runs: means, differences to the baseline, intervals, p-values, wins and losses by query.
'use client'
import type { ReactNode } from 'react'
import { ruleOf } from '@/contract/measure'
import type { Comparison } from '@/contract/compare'
import { isUntrainedMethod, type RunDetail } from '@/contract/run'
import { LineMark } from '@/components/charts/line-mark'
import { formatCount, formatDifference, formatMeasure, formatP } from '@/components/format'
import { Badge } from '@/components/ui/badge'
import { cn } from '@/components/ui/class-names'
import { Panel } from '@/components/ui/panel'
import { Hint } from '@/components/ui/tooltip'
import { ScrollX } from '@/components/ui/scroll-x'
import { TableHead } from '@/components/ui/table-head'
import { ExportComparison } from './export-comparison'
import { IntervalMark } from './interval-mark'
import { type ComparisonCell, type ComparisonRow, intervalReach, prepareComparison } from './prepare-comparison'
import { betterThan, letterOf, letterTest } from './prepare-letters'

interface MeasuresTableProps {
  /** Canonical names, a column each. */
  measures: readonly string[]
  /** The choice of measures. */
  actions?: ReactNode
  runs: RunDetail[]
  comparison: Comparison | undefined
  error: Error | null
  loading: boolean
}

export function MeasuresTable({ runs, measures, actions, comparison, error, loading }: MeasuresTableProps) {
  const rows = prepareComparison(runs, comparison, measures)
  const reach = intervalReach(rows)
  const shared = comparison?.comparisons[0]?.n
  const ids = runs.map((run) => run.id)
  const lettersOf = (row: ComparisonRow, cell: ComparisonCell) => (comparison ? betterThan(row.run.id, cell.measure, ids, comparison) : '')
  return (
    <Panel title="Measures" note={shared !== undefined ? `dev, paired over ${formatCount(shared)} shared queries` : loading ? 'testing the differences' : undefined} actions={<>{actions}<ExportComparison rows={rows} comparison={comparison} measures={measures} /></>} bodyClassName="px-0 pb-0">
      <ScrollX label="Measures, table" className="hidden md:block">
        <table className="tabular w-full text-sm">
          <TableHead first="Run" columns={measures.map((measure) => ({ key: measure, title: <MeasureTitle measure={measure} /> }))} />
          <tbody>
            {rows.map((row) => (
              <tr key={row.run.id} className="border-t border-line align-top" data-compared={row.run.name}>
                <th scope="row" className="sticky left-0 max-w-60 bg-surface py-2.5 pr-4 pl-4 text-left font-normal">
                  <RunCell row={row} letter={comparison && letterOf(ids.indexOf(row.run.id))} />
                </th>
                {row.cells.map((cell) => (
                  <td key={cell.measure} className="px-4 py-2.5">
                    <MeasureCell cell={cell} reach={reach} letters={lettersOf(row, cell)} />
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </ScrollX>
      <ul className="md:hidden">
        {rows.map((row) => (
          <li key={row.run.id} className="border-t border-line p-4">
            <RunCell row={row} letter={comparison && letterOf(ids.indexOf(row.run.id))} />
            <dl className="mt-3 flex flex-col gap-3">
              {row.cells.map((cell) => (
                <div key={cell.measure} className="grid grid-cols-[5.5rem_1fr] gap-2">
                  <dt className="pt-0.5 text-sm text-ink-3">{cell.measure}</dt>
                  <dd className="tabular text-sm">
                    <MeasureCell cell={cell} reach={reach} letters={lettersOf(row, cell)} />
                  </dd>
                </div>
              ))}
            </dl>
          </li>
        ))}
      </ul>
      <footer className="border-t border-line px-4 py-2.5 text-xs text-ink-3">
        {error ? (
          <p className="text-bad" role="alert">
            The differences could not be tested: {error.message}
          </p>
        ) : (
          <p className="max-w-[100ch]">
            Differences are to the first run, on the queries that both judged, at each run’s last checkpoint: choosing the best on the same queries would flatter it. Intervals: 95 %, bootstrap over queries. p: two-sided Fisher randomization test, Holm-corrected over every number of this table; the paired t-test’s is on d. d: mean difference over its deviation. Bold: p below 0.05. {comparison && `Letters name the runs that a value is significantly better than (p < 0.05): ${letterTest(comparison) === 'tukey' ? 'Tukey’s HSD over all pairs of runs, by measure' : 'the randomization test against the first run'}.`}
          </p>
        )}
      </footer>
    </Panel>
  )
}

function RunCell({ row, letter }: { row: ComparisonRow; letter?: string }) {
  const { run, isBaseline, checkpointStep, n } = row
  return (
    <>
      <span className="flex min-w-0 items-center gap-2 text-base font-medium">
        {letter && <span className="w-3 shrink-0 text-sm text-ink-3 italic">{letter}</span>}
        <LineMark colorIndex={run.colorIndex} />
        <span className="truncate">{run.name}</span>
        {isBaseline && <Badge>baseline</Badge>}
      </span>
      <span className="tabular mt-0.5 block text-xs text-ink-3">{checkpointStep === null ? 'not yet judged' : `${isUntrainedMethod(run.method) ? '' : `step ${formatCount(checkpointStep)}, `}n ${formatCount(n!)}`}</span>
    </>
  )
}

const TONES = { better: 'text-ok font-semibold', worse: 'text-bad font-semibold', unclear: 'text-ink-2' } as const

function MeasureCell({ cell: { mean, interval, paired }, reach, letters }: { cell: ComparisonCell; reach: number; letters: string }) {
  if (mean === null) return <span className="text-ink-3">–</span>
  return (
    <div>
      <div className="flex flex-wrap items-center gap-x-3">
        <span className="text-lg font-medium" title={interval ? `95 % interval ${formatMeasure(interval.low)} to ${formatMeasure(interval.high)}` : undefined}>
          {formatMeasure(mean)}
          {letters && (
            <sup className="ml-0.5 text-xs text-ink-2 italic" title={`Significantly better than ${letters.split('').join(', ')}`}>
              {letters}
            </sup>
          )}
        </span>
        {paired && <span className={cn('text-base', TONES[paired.verdict])}>{formatDifference(paired.difference)}</span>}
        {paired && <IntervalMark {...paired} reach={reach} />}
      </div>
      {!paired && interval && (
        <div className="mt-0.5 text-xs text-ink-3">
          [{formatMeasure(interval.low)}, {formatMeasure(interval.high)}]
        </div>
      )}
      {paired && (
        <div className="mt-0.5 text-xs text-ink-3">
          [{formatDifference(paired.low)}, {formatDifference(paired.high)}] · <span className={cn(paired.verdict !== 'unclear' && 'font-semibold text-ink')}>p {paired.p < 0.001 ? formatP(paired.p) : `= ${formatP(paired.p)}`}</span>
          {paired.effect !== null && <span title={paired.pT === null ? undefined : `Paired t-test, corrected likewise: p ${formatP(paired.pT)}`}> · d {paired.effect.toFixed(2).replace('-', '−')}</span>} · <span className="whitespace-nowrap">{`${formatCount(paired.wins)} won, ${formatCount(paired.ties)} tied, ${formatCount(paired.losses)} lost`}</span>
        </div>
      )}
    </div>
  )
}

function MeasureTitle({ measure }: { measure: string }) {
  return (
    <Hint text={ruleOf(measure)}>
      <button type="button" className="cursor-help">
        {measure}
      </button>
    </Hint>
  )
}
