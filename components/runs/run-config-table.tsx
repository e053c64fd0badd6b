// A run's settings with the paper's values beside them.
'use client'
import { type RunDetail, valueAt } from '@/contract/run'
import { Panel } from '@/components/ui/panel'
import { GROUPS, fieldsOf, formatValue, paperValue } from './config-fields'

export function RunConfigTable({ run, className }: { run: RunDetail; className?: string }) {
  const fields = fieldsOf(run.config)
  return (
    <Panel title="Settings" bodyClassName="px-2 pb-2" className={className}>
      <table className="tabular w-full text-sm">
        <thead className="text-xs text-ink-3">
          <tr>
            <th scope="col" className="px-2 pb-1 text-left font-medium">
              Setting
            </th>
            <th scope="col" className="px-2 pb-1 text-right font-medium">
              Here
            </th>
            <th scope="col" className="px-2 pb-1 text-right font-medium">
              Paper
            </th>
          </tr>
        </thead>
        {GROUPS.map((group) => {
          const rows = fields.filter((field) => field.group === group)
          if (rows.length === 0) return null
          return (
            <tbody key={group}>
              <tr>
                <th scope="rowgroup" colSpan={3} className="border-t border-line px-2 pt-2 pb-0.5 text-left text-xs font-medium text-ink-3">
                  {group}
                </th>
              </tr>
              {rows.map((field) => (
                <tr key={field.path} className="hover:bg-hover">
                  <th scope="row" className="px-2 py-0.5 text-left font-normal text-ink-2" title={field.help}>
                    {field.label}
                  </th>
                  <td className="px-2 py-0.5 text-right">{formatValue(field, valueAt(run.config, field.path))}</td>
                  <td className="px-2 py-0.5 text-right whitespace-nowrap text-ink-3">{paperValue(field, run.method) ?? ''}</td>
                </tr>
              ))}
            </tbody>
          )
        })}
      </table>
    </Panel>
  )
}
