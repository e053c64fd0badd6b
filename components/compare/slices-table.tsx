// Each run's mean in slices of the queries: by length, by type, by what BM25 makes of them.
import { useMemo } from 'react'
import type { QueryValues } from '@/contract/compare'
import type { RunDetail } from '@/contract/run'
import { formatCount, formatDifference, formatMeasure } from '@/components/format'
import { cn } from '@/components/ui/class-names'
import { Panel } from '@/components/ui/panel'
import { ScrollX } from '@/components/ui/scroll-x'
import { meanAt, slicesOf } from './prepare-slices'
import { RunColumns } from './run-columns'

const GROUP_TITLES = { Length: 'Length of the query', Type: 'First word', BM25: 'Difficulty' } as const

export function SlicesTable({ answer, runs }: { answer: QueryValues; runs: RunDetail[] }) {
  const slices = useMemo(() => slicesOf(answer), [answer])
  const columns = answer.runs.flatMap(({ run, values }) => runs.filter(({ id }) => id === run).map((each) => ({ run: each, values })))
  return (
    <Panel title="By kind of query" note={`${answer.measure}, mean over the queries of a slice${answer.bm25 ? `; difficulty by MRR@10 of ${answer.bm25.name}` : ''}`} bodyClassName="px-0 pb-0">
      <ScrollX label="By kind of query, table">
        <table className="tabular w-full text-sm">
          <thead>
            <tr className="text-left text-xs text-ink-3">
              <th scope="col" className="sticky left-0 bg-surface py-2 pr-4 pl-4 font-medium">
                Slice
              </th>
              <th scope="col" className="px-3 py-2 text-right font-medium">
                Queries
              </th>
              <RunColumns runs={columns.map(({ run }) => run)} />
            </tr>
          </thead>
          <tbody>
            {slices.map(({ group, name, places }, i) => {
              const means = columns.map(({ values }) => meanAt(values, places))
              const starts = slices[i - 1]?.group !== group
              return (
                <tr key={`${group} ${name}`} className={cn('border-t hover:bg-hover', starts && i > 0 ? 'border-line-strong' : 'border-line')}>
                  <th scope="row" className="sticky left-0 bg-surface py-1.5 pr-4 pl-4 text-left font-normal whitespace-nowrap">
                    {starts && <span className="block text-xs text-ink-3">{GROUP_TITLES[group]}</span>}
                    {name}
                  </th>
                  <td className="px-3 py-1.5 text-right align-bottom text-ink-3">{formatCount(places.length)}</td>
                  {means.map((mean, column) => (
                    <td key={columns[column].run.id} className="px-3 py-1.5 text-right align-bottom whitespace-nowrap">
                      {mean ? formatMeasure(mean.mean) : <span className="text-ink-3">–</span>}
                      {column > 0 && mean && means[0] && <span className="ml-1.5 text-xs text-ink-3">{formatDifference(mean.mean - means[0].mean)}</span>}
                    </td>
                  ))}
                </tr>
              )
            })}
          </tbody>
        </table>
      </ScrollX>
      <p className="border-t border-line px-4 py-2.5 text-xs text-ink-3">Differences are to the first run. Slices are small and were not tested: take them as a hint where to look.</p>
    </Panel>
  )
}
