// Runs that differ in their seed only, as one result each: mean and interval over seeds. Shown where there is such a group.
import type { SeedComparison } from '@/contract/compare'
import type { RunDetail } from '@/contract/run'
import { LineMark } from '@/components/charts/line-mark'
import { formatMeasure } from '@/components/format'
import { Badge } from '@/components/ui/badge'
import { Panel } from '@/components/ui/panel'
import { ScrollX } from '@/components/ui/scroll-x'
import { namedColumns, TableHead } from '@/components/ui/table-head'

export function SeedsTable({ seeds: { groups, winners }, runs, measures }: { seeds: SeedComparison; runs: RunDetail[]; measures: readonly string[] }) {
  if (!groups.some((group) => group.runs.length > 1)) return null
  const seedOf = (id: string) => runs.find((run) => run.id === id)?.config.seed
  return (
    <Panel title="Over seeds" note="mean over seeds with its 95 % t interval" bodyClassName="px-0 pb-0">
      <ScrollX label="Over seeds, table">
        <table className="tabular w-full text-sm">
          <TableHead first="Configuration" columns={namedColumns(measures)} />
          <tbody>
            {groups.map((group) => (
              <tr key={group.runs[0]} className="border-t border-line align-top">
                <th scope="row" className="sticky left-0 max-w-60 bg-surface py-2 pr-4 pl-4 text-left font-normal">
                  <span className="flex items-center gap-2 font-medium">
                    {group.runs.map((id) => (
                      <LineMark key={id} colorIndex={runs.find((run) => run.id === id)?.colorIndex ?? 0} />
                    ))}
                    <span className="truncate">{group.name}</span>
                  </span>
                  <span className="block text-xs text-ink-3">{group.runs.length === 1 ? 'one seed: no interval' : `${group.runs.length} seeds: ${group.runs.map(seedOf).join(', ')}`}</span>
                </th>
                {measures.map((measure) => {
                  const of = group.measures.find((each) => each.measure === measure)
                  return (
                    <td key={measure} className="px-4 py-2 whitespace-nowrap">
                      {of ? formatMeasure(of.mean) : '–'}
                      {of && of.low !== null && <span className="ml-2 text-xs text-ink-3">{`[${formatMeasure(of.low)}, ${formatMeasure(of.high!)}]`}</span>}
                      {winners[measure] === group.name && (
                        <Badge tone="ok" className="ml-2">
                          best
                        </Badge>
                      )}
                    </td>
                  )
                })}
              </tr>
            ))}
          </tbody>
        </table>
      </ScrollX>
      <p className="border-t border-line px-4 py-2.5 text-xs text-ink-3">A configuration is called best where its interval lies above all others; with overlapping intervals, or one seed, none is.</p>
    </Panel>
  )
}
