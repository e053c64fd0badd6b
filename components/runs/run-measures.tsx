// All measures of one checkpoint: value, interval, rule and what it is a mean over. Below the curves of the run page.
'use client'
import { FURTHER_MEASURES, MEASURES, ruleOf } from '@/contract/measure'
import type { EvaluationSummary, RunDetail } from '@/contract/run'
import { formatCount, formatMeasure } from '@/components/format'
import { cn } from '@/components/ui/class-names'
import { Panel } from '@/components/ui/panel'
import { chosenEvaluation } from './prepare-runs'

export function RunMeasures({ run, className }: { run: RunDetail; className?: string }) {
  const evaluation = chosenEvaluation(run, 'best') ?? run.evaluations.at(-1)
  if (!evaluation) return null
  return (
    <div className={cn('flex flex-col gap-4', className)}>
      <EvaluationTable title="Measures" run={run} evaluation={evaluation} />
      {run.tests.map((test) => (
        <EvaluationTable key={test.id} title="Measures on test" run={run} evaluation={test} />
      ))}
    </div>
  )
}

function EvaluationTable({ title, run, evaluation: { measures, intervals, n, missing, split, checkpointStep } }: { title: string; run: RunDetail; evaluation: EvaluationSummary }) {
  const shown = [...MEASURES, ...FURTHER_MEASURES].filter((id) => measures[id] !== undefined)
  const at = run.evaluations.length > 1 ? `, step ${formatCount(checkpointStep)}` : ''
  return (
    <Panel title={title} note={`${run.datasetName} ${split}${at}, n ${formatCount(n)} queries with a relevant document${missing ? `, ${formatCount(missing)} of them not ranked (counted as 0)` : ''}`} bodyClassName="px-0 pb-0">
      <div className="overflow-x-auto border-t border-line">
        <table className="tabular w-full text-sm">
          <thead>
            <tr className="text-left text-xs text-ink-3">
              <th scope="col" className="py-2 pr-3 pl-4 font-medium">
                Measure
              </th>
              <th scope="col" className="px-3 py-2 text-right font-medium">
                Mean
              </th>
              <th scope="col" className="px-3 py-2 font-medium whitespace-nowrap">
                95 % interval
              </th>
              <th scope="col" className="hidden py-2 pr-4 pl-3 font-medium sm:table-cell">
                Rule
              </th>
            </tr>
          </thead>
          <tbody>
            {shown.map((id) => (
              <tr key={id} className="border-t border-line align-top hover:bg-hover">
                <th scope="row" className="py-1.5 pr-3 pl-4 text-left font-medium whitespace-nowrap" title={ruleOf(id)}>
                  {id}
                </th>
                <td className="px-3 py-1.5 text-right">{formatMeasure(measures[id])}</td>
                <td className="px-3 py-1.5 whitespace-nowrap text-ink-2">{intervals?.[id] ? `${formatMeasure(intervals[id][0])} to ${formatMeasure(intervals[id][1])}` : '–'}</td>
                <td className="hidden py-1.5 pr-4 pl-3 text-xs text-ink-3 sm:table-cell">{ruleOf(id)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <p className="border-t border-line px-4 py-2.5 text-xs text-ink-3">Intervals: bootstrap over queries. The same numbers come from <code className="font-mono">drhard eval</code> with the downloaded run file.</p>
    </Panel>
  )
}
