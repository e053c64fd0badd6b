// The settings in which runs differ; what they share, and what only some methods have, is one click away.
'use client'
import { useState } from 'react'
import type { RunDetail } from '@/contract/run'
import { type ConfigRow, compareConfigs } from '@/components/runs/config-fields'
import { Button } from '@/components/ui/button'
import { cn } from '@/components/ui/class-names'
import { Panel } from '@/components/ui/panel'
import { ScrollX } from '@/components/ui/scroll-x'
import { RunColumns } from './run-columns'

export function ConfigDifferences({ runs }: { runs: RunDetail[] }) {
  const [showRest, setShowRest] = useState(false)
  const rows = compareConfigs(runs)
  const differing = rows.filter((row) => row.kind === 'differs')
  const rest = [...rows.filter((row) => row.kind === 'partial'), ...rows.filter((row) => row.kind === 'equal')]
  return (
    <Panel
      title="Differences in settings"
      note={`${differing.length} of ${rows.length}`}
      bodyClassName="px-0 pb-0"
      actions={
        <Button variant="ghost" size="sm" aria-expanded={showRest} onClick={() => setShowRest(!showRest)}>
          {showRest ? 'Only the differences' : `All ${rows.length} settings`}
        </Button>
      }
    >
      {differing.length === 0 && !showRest ? (
        <p className="px-4 pb-4 text-sm text-ink-2">No setting differs between runs that have it.</p>
      ) : (
        <ScrollX label="Differences in settings, table">
          <table className="tabular w-full text-sm">
            <thead>
              <tr className="text-left text-xs text-ink-3">
                <th scope="col" className="sticky left-0 bg-surface py-2 pr-4 pl-4 font-medium">
                  Setting
                </th>
                <RunColumns runs={runs} />
              </tr>
            </thead>
            <tbody>
              {[...differing, ...(showRest ? rest : [])].map((row) => (
                <SettingRow key={row.path} row={row} runs={runs} />
              ))}
            </tbody>
          </table>
        </ScrollX>
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
        <td key={runs[i].id} className={cn('px-3 py-1 text-right whitespace-nowrap', row.kind === 'differs' && value !== row.values[0] ? 'font-semibold text-ink' : 'text-ink-2', value === '–' && 'font-normal text-ink-3')}>
          {value}
        </td>
      ))}
    </tr>
  )
}
