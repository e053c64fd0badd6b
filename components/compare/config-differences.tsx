// The settings in which runs differ; what they share is one click away.
'use client'
import { useState } from 'react'
import type { RunDetail } from '@/contract/run'
import { LineMark } from '@/components/charts/line-mark'
import { type ConfigRow, compareConfigs } from '@/components/runs/config-fields'
import { Button } from '@/components/ui/button'
import { cn } from '@/components/ui/class-names'
import { Panel } from '@/components/ui/panel'

export function ConfigDifferences({ runs }: { runs: RunDetail[] }) {
  const [showSame, setShowSame] = useState(false)
  const rows = compareConfigs(runs)
  const differing = rows.filter((row) => row.differs)
  const same = rows.filter((row) => !row.differs)
  return (
    <Panel
      title="Differences in settings"
      note={`${differing.length} of ${rows.length} settings`}
      bodyClassName="px-0 pb-0"
      actions={
        <Button variant="ghost" size="sm" aria-expanded={showSame} onClick={() => setShowSame(!showSame)}>
          {showSame ? 'Hide' : 'Show'} the {same.length} equal
        </Button>
      }
    >
      {differing.length === 0 && !showSame ? (
        <p className="px-4 pb-4 text-sm text-ink-2">All settings are equal: these runs differ by chance only.</p>
      ) : (
        <div className="overflow-x-auto border-t border-line">
          <table className="tabular w-full text-sm">
            <thead>
              <tr className="text-left text-xs text-ink-3">
                <th scope="col" className="sticky left-0 bg-surface py-2 pr-4 pl-4 font-medium">
                  Setting
                </th>
                {runs.map((run) => (
                  <th key={run.id} scope="col" className="min-w-28 px-3 py-2 text-right font-medium">
                    <span className="inline-flex max-w-40 items-center gap-1.5">
                      <LineMark colorIndex={run.colorIndex} />
                      <span className="truncate">{run.name}</span>
                    </span>
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {[...differing, ...(showSame ? same : [])].map((row) => (
                <SettingRow key={row.path} row={row} runs={runs} />
              ))}
            </tbody>
          </table>
        </div>
      )}
    </Panel>
  )
}

function SettingRow({ row, runs }: { row: ConfigRow; runs: RunDetail[] }) {
  return (
    <tr className="border-t border-line hover:bg-hover">
      <th scope="row" className="sticky left-0 bg-surface py-1 pr-4 pl-4 text-left font-normal whitespace-nowrap text-ink-2">
        {row.label}
      </th>
      {row.values.map((value, i) => (
        <td key={runs[i].id} className={cn('px-3 py-1 text-right whitespace-nowrap', row.differs && value !== row.values[0] ? 'font-semibold text-ink' : 'text-ink-2', value === '–' && 'font-normal text-ink-3')}>
          {value}
        </td>
      ))}
    </tr>
  )
}
