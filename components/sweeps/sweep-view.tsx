// The page of a sweep: choose a run, the fields to vary and how, seeds, early stopping; see how many runs that makes; launch.
'use client'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { Plus, Rocket, X } from 'lucide-react'
import { useRouter } from 'next/navigation'
import { useState } from 'react'
import { toast } from 'sonner'
import { MEASURES } from '@/contract/measure'
import { type RunDetail, valueAt } from '@/contract/run'
import { formatFilters } from '@/contract/run-table'
import { api, keys, messageOf } from '@/components/api'
import { CONFIG_FIELDS } from '@/components/runs/config-fields'
import { RunSelect } from '@/components/runs/run-select'
import { PageHeader } from '@/components/shell/page-header'
import { ReadState } from '@/components/shell/read-state'
import { Button, ButtonLink } from '@/components/ui/button'
import { Checkbox } from '@/components/ui/checkbox'
import { Field, Input, Select } from '@/components/ui/field'
import { EmptyState, Notice } from '@/components/ui/notice'
import { Panel } from '@/components/ui/panel'
import { SkeletonRows } from '@/components/ui/skeleton'
import { prepareSweep, type SweepDraft } from './prepare-sweep'

/** What came from outside has no settings to vary. */
const VARIABLE = formatFilters([
  { column: 'method', op: '!=', value: 'external' },
  { column: 'method', op: '!=', value: 'fusion' },
])

export function SweepView({ from }: { from: string | null }) {
  const [chosen, setChosen] = useState(from)
  const params = { filter: VARIABLE, limit: 1 }
  const newest = useQuery({ queryKey: keys.runTable(params, 0), queryFn: ({ signal }) => api.runTable(params, signal), enabled: chosen === null })
  const baseId = chosen ?? newest.data?.items[0]?.[0].id ?? null
  const base = useQuery({ queryKey: keys.run(baseId ?? ''), queryFn: ({ signal }) => api.run(baseId!, signal), enabled: baseId !== null })
  return (
    <>
      <PageHeader title="Sweep" crumbs={[{ href: '/runs', label: 'Runs' }]} note="One run varied over its settings. What the runs share is made once." />
      {newest.data && baseId === null ? (
        <EmptyState title="There is no run to vary yet" actions={<ButtonLink href="/runs/new" variant="primary">New run</ButtonLink>}>
          Launch one run first; a sweep varies its settings.
        </EmptyState>
      ) : (
        <ReadState data={base.data} error={newest.error ?? base.error} what="The run to vary" onRetry={() => void (baseId === null ? newest.refetch() : base.refetch())} skeleton={<SkeletonRows rows={4} className="h-20" />}>
          {(run) => <SweepForm key={run.id} base={run} onBase={setChosen} />}
        </ReadState>
      )}
    </>
  )
}

function SweepForm({ base, onBase }: { base: RunDetail; onBase: (id: string) => void }) {
  const router = useRouter()
  const client = useQueryClient()
  const options = CONFIG_FIELDS.filter(({ path, group, kind }) => group !== 'Data and evaluation' && kind !== 'text' && valueAt(base.config, path) !== undefined)
  const [draft, setDraft] = useState<SweepDraft>({ name: `${base.name}-sweep`, fields: [{ path: options[0]?.path ?? '', values: '' }], mode: 'grid', randomRuns: '20', seeds: String(base.config.seed), earlyStop: false, measure: MEASURES[0] })
  const [refusal, setRefusal] = useState<string | null>(null)
  const [busy, setBusy] = useState(false)
  const [tried, setTried] = useState(false)
  const change = (changes: Partial<SweepDraft>) => setDraft((held) => ({ ...held, ...changes }))
  const changeField = (row: number, changes: Partial<SweepDraft['fields'][number]>) => change({ fields: draft.fields.map((field, i) => (i === row ? { ...field, ...changes } : field)) })
  const prepared = prepareSweep(draft, { name: base.name, config: base.config })

  const launch = async (event: React.FormEvent) => {
    event.preventDefault()
    setTried(true)
    setRefusal(null)
    if (!prepared.ok) return
    setBusy(true)
    try {
      const launched = await api.launchSweep(prepared.sweep)
      await client.invalidateQueries({ queryKey: keys.runs })
      toast.success(`${launched.runs.length} runs are launched`)
      router.push('/runs')
    } catch (error) {
      setRefusal(messageOf(error))
      setBusy(false)
    }
  }
  const errorOf = (row: number | null) => (tried && !prepared.ok && prepared.row === row ? prepared.message : undefined)
  return (
    <form onSubmit={launch} noValidate className="grid max-w-4xl gap-4">
      <Panel title="Run">
        <div className="grid gap-4 sm:grid-cols-2">
          <Field label="Vary the run" help={`on ${base.datasetName}`}>
            {(ids) => <RunSelect {...ids} value={base.id} label={base.name} colorIndex={base.colorIndex} filter={VARIABLE} onChange={onBase} />}
          </Field>
          <Field label="Name" help="Each run’s name goes on with what was varied.">
            {(ids) => <Input {...ids} value={draft.name} maxLength={40} onChange={(e) => change({ name: e.target.value })} />}
          </Field>
        </div>
      </Panel>
      <Panel title="What is varied">
        <div className="flex flex-col gap-3">
          {draft.fields.map((field, row) => (
            <div key={row} className="grid items-start gap-x-3 gap-y-2 sm:grid-cols-[14rem_minmax(0,1fr)_auto]">
              <Field label={row === 0 ? 'Setting' : `Setting ${row + 1}`}>
                {(ids) => (
                  <Select {...ids} value={field.path} onChange={(e) => changeField(row, { path: e.target.value })}>
                    {options.map((option) => (
                      <option key={option.path} value={option.path}>
                        {option.label}
                      </option>
                    ))}
                  </Select>
                )}
              </Field>
              <Field label={row === 0 ? 'Values' : `Values ${row + 1}`} error={errorOf(row)} help={draft.mode === 'grid' ? 'Separated by commas, such as 64, 128' : 'A list, or a range: 1e-5..1e-2 log, 16..128 linear whole'}>
                {(ids) => <Input {...ids} value={field.values} onChange={(e) => changeField(row, { values: e.target.value })} className="tabular" />}
              </Field>
              <Button variant="ghost" size="icon" aria-label={`Leave setting ${row + 1} out`} className="sm:mt-6" disabled={draft.fields.length === 1} onClick={() => change({ fields: draft.fields.filter((_, i) => i !== row) })}>
                <X />
              </Button>
            </div>
          ))}
          <Button size="sm" className="self-start" disabled={draft.fields.length >= 8} onClick={() => change({ fields: [...draft.fields, { path: options.find(({ path }) => !draft.fields.some((field) => field.path === path))?.path ?? '', values: '' }] })}>
            <Plus /> Another setting
          </Button>
        </div>
      </Panel>
      <Panel title="How">
        <div className="grid gap-4 sm:grid-cols-3">
          <Field label="Combinations">
            {(ids) => (
              <Select {...ids} value={draft.mode} onChange={(e) => change({ mode: e.target.value as SweepDraft['mode'] })}>
                <option value="grid">all (grid)</option>
                <option value="random">drawn at random</option>
              </Select>
            )}
          </Field>
          {draft.mode === 'random' && (
            <Field label="Draws">{(ids) => <Input {...ids} type="number" min={1} max={200} value={draft.randomRuns} onChange={(e) => change({ randomRuns: e.target.value })} className="tabular" />}</Field>
          )}
          <Field label="Seeds" error={errorOf(null)} help="Each combination runs with each.">
            {(ids) => <Input {...ids} value={draft.seeds} onChange={(e) => change({ seeds: e.target.value })} className="tabular" />}
          </Field>
        </div>
        <label className="mt-4 flex items-center gap-2 text-base">
          <Checkbox checked={draft.earlyStop} onChange={(e) => change({ earlyStop: e.target.checked })} />
          Stop runs early that are below the median of the others at a checkpoint
        </label>
        {draft.earlyStop && (
          <Field label="By" className="mt-3 w-40">
            {(ids) => (
              <Select {...ids} value={draft.measure} onChange={(e) => change({ measure: e.target.value })}>
                {MEASURES.map((measure) => (
                  <option key={measure}>{measure}</option>
                ))}
              </Select>
            )}
          </Field>
        )}
      </Panel>
      {refusal && (
        <Notice tone="bad" role="alert" title="The server refused the sweep">
          {refusal}
        </Notice>
      )}
      <Button type="submit" variant="primary" disabled={busy} className="justify-self-start">
        <Rocket /> {busy ? 'Launching' : prepared.ok ? `Launch ${prepared.count} run${prepared.count === 1 ? '' : 's'}` : 'Launch the sweep'}
      </Button>
    </form>
  )
}
