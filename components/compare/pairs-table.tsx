// Every pair of the compared runs by Tukey's HSD: one error rate for all pairs, for when no run is the baseline.
import { SIGNIFICANT, type TukeyPair } from '@/contract/compare'
import type { RunDetail } from '@/contract/run'
import { formatDifference, formatP } from '@/components/format'
import { cn } from '@/components/ui/class-names'
import { Panel } from '@/components/ui/panel'
import { ScrollX } from '@/components/ui/scroll-x'
import { namedColumns, TableHead } from '@/components/ui/table-head'

export function PairsTable({ pairs, runs, measures }: { pairs: TukeyPair[]; runs: RunDetail[]; measures: readonly string[] }) {
  const name = (id: string) => runs.find((run) => run.id === id)?.name ?? id
  const rows = [...new Map(pairs.map(({ a, b }) => [`${a} ${b}`, { a, b }])).values()]
  return (
    <Panel title="All pairs" note="Tukey HSD over all compared runs, additive model run + query" bodyClassName="px-0 pb-0">
      <ScrollX label="All pairs, table">
        <table className="tabular w-full text-sm">
          <TableHead first="Pair" columns={namedColumns(measures)} />
          <tbody>
            {rows.map(({ a, b }) => (
              <tr key={`${a} ${b}`} className="border-t border-line hover:bg-hover">
                <th scope="row" className="sticky left-0 max-w-72 bg-surface py-1.5 pr-4 pl-4 text-left font-normal">
                  <span className="font-medium">{name(b)}</span> <span className="text-ink-3">against</span> {name(a)}
                </th>
                {measures.map((measure) => {
                  const pair = pairs.find((each) => each.measure === measure && each.a === a && each.b === b)
                  if (!pair) return <td key={measure} className="px-4 py-1.5 text-ink-3">–</td>
                  const differs = pair.p < SIGNIFICANT
                  return (
                    <td key={measure} className={cn('px-4 py-1.5 whitespace-nowrap', differs ? (pair.difference > 0 ? 'font-semibold text-ok' : 'font-semibold text-bad') : 'text-ink-2')}>
                      {formatDifference(pair.difference)} <span className={cn('ml-1 text-xs', differs ? 'text-ink' : 'font-normal text-ink-3')}>p {differs && pair.p < 0.001 ? formatP(pair.p) : `= ${formatP(pair.p)}`}</span>
                    </td>
                  )
                })}
              </tr>
            ))}
          </tbody>
        </table>
      </ScrollX>
    </Panel>
  )
}
