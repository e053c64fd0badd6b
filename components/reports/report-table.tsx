// A table of a report: measures of the runs that its block names, at each run's last checkpoint, with their intervals.
'use client'
import { MEASURES } from '@/contract/measure'
import type { ReportBlock } from '@/contract/report'
import { METHOD_TITLES } from '@/contract/run'
import { LineMark } from '@/components/charts/line-mark'
import { formatCount, formatMeasure } from '@/components/format'
import { chosenEvaluation } from '@/components/runs/prepare-runs'
import { ScrollX } from '@/components/ui/scroll-x'
import { ReportFigure } from './report-figure'
import { useReportRuns } from './use-report-runs'

export function ReportTable({ block: { runs: ids, measures: named } }: { block: Extract<ReportBlock, { kind: 'table' }> }) {
  const state = useReportRuns(ids)
  const measures: string[] = named.length > 0 ? named : MEASURES
  return (
    <ReportFigure state={state} caption="At each run’s last checkpoint, with 95 % bootstrap intervals over queries.">
      <ScrollX label="Table of the report" className="border-t-0">
        <table className="tabular w-full text-sm">
          <thead>
            <tr className="text-left text-xs text-ink-3">
              <th scope="col" className="px-1 py-1.5 font-medium">
                Run
              </th>
              <th scope="col" className="px-3 py-1.5 font-medium">
                Method
              </th>
              {measures.map((measure) => (
                <th key={measure} scope="col" className="px-3 py-1.5 text-right font-medium">
                  {measure}
                </th>
              ))}
              <th scope="col" className="px-1 py-1.5 text-right font-medium">
                Queries
              </th>
            </tr>
          </thead>
          <tbody>
            {state.runs.map((run) => {
              const evaluation = chosenEvaluation(run, 'last')
              return (
                <tr key={run.id} className="border-t border-line">
                  <th scope="row" className="px-1 py-1.5 text-left font-medium">
                    <span className="flex items-center gap-1.5">
                      <LineMark colorIndex={run.colorIndex} />
                      <a href={`/runs/${run.id}`} className="hover:underline">
                        {run.name}
                      </a>
                    </span>
                  </th>
                  <td className="px-3 py-1.5 text-ink-2">{METHOD_TITLES[run.method]}</td>
                  {measures.map((measure) => {
                    const value = evaluation?.measures[measure]
                    const interval = evaluation?.intervals?.[measure]
                    return (
                      <td key={measure} className="px-3 py-1.5 text-right whitespace-nowrap">
                        {value === undefined ? '–' : formatMeasure(value)}
                        {interval && <span className="ml-1 text-xs text-ink-3">{` [${formatMeasure(interval[0])}, ${formatMeasure(interval[1])}]`}</span>}
                      </td>
                    )
                  })}
                  <td className="px-1 py-1.5 text-right text-ink-3">{evaluation ? formatCount(evaluation.n) : '–'}</td>
                </tr>
              )
            })}
          </tbody>
        </table>
      </ScrollX>
    </ReportFigure>
  )
}
