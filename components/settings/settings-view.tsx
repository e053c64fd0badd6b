// The settings: the reader's theme, what launches begin with, what may be removed and when, and what the environment decides.
'use client'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { toast } from 'sonner'
import { PRIORITY_TITLES } from '@/contract/run'
import type { EnvironmentSetting, Settings, SettingsChange } from '@/contract/settings'
import { api, keys, messageOf } from '@/components/api'
import { PageHeader } from '@/components/shell/page-header'
import { ReadState } from '@/components/shell/read-state'
import { type Theme, setTheme, useTheme } from '@/components/shell/theme'
import { Badge } from '@/components/ui/badge'
import { Choice } from '@/components/ui/choice'
import { Field, Select } from '@/components/ui/field'
import { Panel } from '@/components/ui/panel'
import { SkeletonRows } from '@/components/ui/skeleton'
import { RetentionPanel } from './retention-panel'

const THEMES: { value: Theme; label: string }[] = [
  { value: 'system', label: 'As the system' },
  { value: 'light', label: 'Light' },
  { value: 'dark', label: 'Dark' },
]

export function SettingsView() {
  const client = useQueryClient()
  const settings = useQuery({ queryKey: keys.settings, queryFn: ({ signal }) => api.settings(signal) })
  const change = async (wanted: SettingsChange) => {
    try {
      client.setQueryData<Settings>(keys.settings, await api.changeSettings(wanted))
      toast.success('Kept')
    } catch (error) {
      toast.error('The setting was not kept', { description: messageOf(error) })
    }
  }
  return (
    <>
      <PageHeader title="Settings" note={settings.data && `DRhard Studio ${settings.data.version}`} />
      <div className="flex flex-col gap-4">
        <ThemePanel />
        <ReadState data={settings.data} error={settings.error} what="The settings" onRetry={() => void settings.refetch()} skeleton={<SkeletonRows rows={3} className="h-40" />}>
          {(data) => (
            <>
              <Panel title="Launches">
                <Field label="Priority" help="What a run begins with where its launch gives none; the run’s page changes it while the run is live." className="max-w-80">
                  {(ids) => (
                    <Select {...ids} value={data.defaultPriority} onChange={(event) => void change({ defaultPriority: Number(event.target.value) })}>
                      {Object.entries(PRIORITY_TITLES)
                        .sort(([a], [b]) => Number(b) - Number(a))
                        .map(([value, title]) => (
                          <option key={value} value={value}>
                            {title}
                          </option>
                        ))}
                    </Select>
                  )}
                </Field>
              </Panel>
              <RetentionPanel retention={data.retention} onChange={(retention) => change({ retention })} />
              <EnvironmentPanel settings={data.environment} />
            </>
          )}
        </ReadState>
      </div>
    </>
  )
}

function ThemePanel() {
  const theme = useTheme()
  return (
    <Panel title="Theme" note="of this browser">
      <Choice label="Theme" value={theme} onChange={setTheme} options={THEMES} />
    </Panel>
  )
}

function EnvironmentPanel({ settings }: { settings: EnvironmentSetting[] }) {
  return (
    <Panel title="Environment" note="set where the server is started; a restart applies a change" bodyClassName="px-0 pb-0">
      <div className="relative overflow-x-auto border-t border-line" tabIndex={0} role="region" aria-label="Environment">
        <table className="w-full text-sm">
          <thead className="text-left text-xs text-ink-3">
            <tr>
              {['Setting', 'Value', 'Variable'].map((title) => (
                <th key={title} scope="col" className="px-4 py-2 font-medium">
                  {title}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {settings.map(({ variable, title, value, isSet, help }) => (
              <tr key={variable} className="border-t border-line align-top">
                <th scope="row" className="px-4 py-2 text-left font-medium whitespace-nowrap">
                  {title}
                </th>
                <td className="min-w-48 px-4 py-2 break-all">{value}</td>
                <td className="px-4 py-2">
                  <span className="flex flex-wrap items-center gap-2">
                    <code className="font-mono text-xs">{variable}</code> <Badge tone={isSet ? 'accent' : 'plain'}>{isSet ? 'set' : 'default'}</Badge>
                  </span>
                  <span className="mt-0.5 block text-xs text-ink-3">{help}</span>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Panel>
  )
}
