// The launch form over the contract's own schema: the browser and the server refuse the same values with the same words.
'use client'
import { zodResolver } from '@hookform/resolvers/zod'
import { useQueryClient } from '@tanstack/react-query'
import { Rocket } from 'lucide-react'
import { useRouter } from 'next/navigation'
import dynamic from 'next/dynamic'
import { useState } from 'react'
import { FormProvider, type Path, type Resolver, useForm, useWatch } from 'react-hook-form'
import { toast } from 'sonner'
import type { DatasetSummary } from '@/contract/dataset'
import { NewPipeline, type NewRun } from '@/contract/run'
import { ApiError, api, keys } from '@/components/api'
import { DatasetWarnings } from '@/components/datasets/dataset-warnings'
import { formatCount } from '@/components/format'
import { Button } from '@/components/ui/button'
import { Choice } from '@/components/ui/choice'
import { Field, Input, Select } from '@/components/ui/field'
import { Notice } from '@/components/ui/notice'
import { Panel } from '@/components/ui/panel'
import { Skeleton } from '@/components/ui/skeleton'
import { SHARED_FIELDS } from './config-fields'
import { DraftChanges } from './draft-changes'
import { LaunchEstimate } from './launch-estimate'
import { PlanPreview } from './plan-preview'
import { withTestQueries } from './prepare-draft'
import { needsRun, startFilter, startRunOf } from './prepare-start'
import { needsTeacherRun, proposedTeacherFilter, teacherRunOf } from './prepare-teacher'
import { RunDraft } from './run-draft'
import { readNewest } from './use-draft'
import { useLaunchPlan } from './use-launch-plan'
import { useRunHeads } from './use-run-heads'

interface NewRunFormProps {
  initial: NewPipeline['runs']
  datasets: DatasetSummary[]
  /** What changed values are told apart from: the recipe or the cloned run. */
  changedFrom: string
  /** The test queries are judged where the data set has some. */
  judgesTest?: boolean
  onDataset?: (id: string) => void
}

const LaunchYaml = dynamic(() => import('./launch-yaml'), { ssr: false, loading: () => <Skeleton className="h-96 rounded-lg" /> })

const VIEWS = [
  { value: 'form', label: 'Form' },
  { value: 'yaml', label: 'YAML' },
] as const

export function NewRunForm({ initial, datasets, changedFrom, judgesTest = false, onDataset }: NewRunFormProps) {
  const router = useRouter()
  const client = useQueryClient()
  const form = useForm<NewPipeline>({ resolver: zodResolver(NewPipeline) as Resolver<NewPipeline>, defaultValues: { runs: initial }, mode: 'onTouched' })
  const [refusal, setRefusal] = useState<string | null>(null)
  const [view, setView] = useState<'form' | 'yaml'>('form')
  const runs = useWatch({ control: form.control, name: 'runs' }) as NewPipeline['runs']
  const { errors, isSubmitting } = form.formState
  const { plan, current } = useLaunchPlan(runs)
  const { heads } = useRunHeads([...initial, ...runs].flatMap(({ config }) => [startRunOf(config) ?? [], teacherRunOf(config) ?? []].flat()))

  // Data set, seed and depth are the launch's, so that its runs can be compared.
  const setShared = (name: 'datasetId' | 'seed' | 'depth', value: string | number) => {
    for (const i of runs.keys()) form.setValue(`runs.${i}.config.${name}` as Path<NewPipeline>, value as never, { shouldDirty: true, shouldValidate: form.formState.isSubmitted || name !== 'datasetId' })
    if (name !== 'datasetId') return
    onDataset?.(String(value))
    // What came with one data set is nothing to another.
    for (const [i, run] of runs.entries()) for (const given of ['docsFrom', 'negativesFrom'] as const) if (given in run.config) form.setValue(`runs.${i}.config.${given}` as Path<NewPipeline>, undefined as never, { shouldDirty: true })
    const chosen = datasets.find((candidate) => candidate.id === value)
    if (judgesTest) for (const [i, run] of runs.entries()) form.setValue(`runs.${i}`, withTestQueries({ ...run, config: { ...run.config, datasetId: String(value) } }, chosen), { shouldDirty: true })
    // A run on another data set can neither be started from nor teach: propose one on the new data set.
    for (const [i, run] of runs.entries()) {
      if (needsRun(run)) void proposeRun(i, 'start', String(value), startFilter(run.config.method, String(value)))
      if (needsTeacherRun(run)) void proposeRun(i, 'distillation.teacher', String(value), proposedTeacherFilter(String(value)))
    }
  }
  const proposeRun = async (i: number, field: 'start' | 'distillation.teacher', datasetId: string, filter: string) => {
    const path = `runs.${i}.config.${field}` as Path<NewPipeline>
    form.setValue(path, { kind: 'run', runId: '' } as never, { shouldDirty: true })
    // Where the runs cannot be read, the field stays empty and asks for one.
    const runId = await readNewest(filter).catch(() => '')
    if (form.getValues(`runs.${i}.config.datasetId`) === datasetId) form.setValue(path, { kind: 'run', runId } as never, { shouldDirty: true })
  }
  const launch = form.handleSubmit(async (pipeline) => {
    setRefusal(null)
    try {
      const launched = await api.launch(pipeline)
      await client.invalidateQueries({ queryKey: keys.runs })
      toast.success(launched.runs.length === 1 ? `${launched.runs[0].name} is launched` : `${launched.runs.length} runs are launched`)
      router.push(launched.runs.length === 1 ? `/runs/${launched.runs[0].id}` : '/runs')
    } catch (error) {
      if (!(error instanceof ApiError)) throw error
      setRefusal(error.message)
      const fields = Object.entries(error.fields)
      // of a run launched alone the server names the fields from the run on
      for (const [path, message] of fields) form.setError((path.startsWith('runs.') ? path : `runs.0.${path}`) as Path<NewPipeline>, { type: 'server', message }, { shouldFocus: true })
    }
  })

  const first = errors.runs?.[0]?.config as Partial<Record<'datasetId' | 'seed' | 'depth', { message?: string }>> | undefined
  const [{ config }] = runs
  const dataset = datasets.find((candidate) => candidate.id === config.datasetId)
  return (
    <FormProvider {...form}>
      <form onSubmit={launch} noValidate className="grid items-start gap-4 xl:grid-cols-[minmax(0,1fr)_24rem]">
        <div className="flex min-w-0 flex-col gap-4">
          <Choice label="How the launch is written" value={view} onChange={setView} options={VIEWS} />
          {view === 'yaml' && <LaunchYaml runs={runs} onChange={(next: NewRun[]) => form.setValue('runs', next, { shouldDirty: true, shouldValidate: true })} />}
          <Panel className={view === 'yaml' ? 'hidden' : undefined} title="Data and evaluation" note={runs.length > 1 ? 'the same for all runs of this launch' : undefined}>
            <div className="grid gap-x-4 gap-y-4 sm:grid-cols-2 lg:grid-cols-4">
              <Field label="Data set" className="sm:col-span-2" error={first?.datasetId?.message} help={describeDataset(dataset)}>
                {(ids) => (
                  <Select {...ids} value={config.datasetId} onChange={(e) => setShared('datasetId', e.target.value)}>
                    <option value="">Choose a data set</option>
                    {datasets.map((dataset) => (
                      <option key={dataset.id} value={dataset.id}>
                        {dataset.name}
                        {dataset.state === 'importing' ? ' (importing; the run waits for it)' : ''}
                      </option>
                    ))}
                  </Select>
                )}
              </Field>
              {SHARED_FIELDS.map((field) => {
                const name = field.path as 'seed' | 'depth'
                return (
                  <Field key={name} label={field.label} help={field.help} error={first?.[name]?.message} aside={typeof field.paper === 'string' && `paper: ${field.paper}`}>
                    {(ids) => <Input {...ids} type="number" inputMode="numeric" step={1} value={Number.isNaN(config[name]) ? '' : config[name]} onChange={(e) => setShared(name, e.target.valueAsNumber)} className="tabular" />}
                  </Field>
                )
              })}
            </div>
            {dataset && dataset.warnings.length > 0 && (
              <Notice tone="warn" role="status" title={`Before you train on ${dataset.name}`} className="mt-4">
                <DatasetWarnings warnings={dataset.warnings} marked={false} />
              </Notice>
            )}
          </Panel>
          {view === 'form' && runs.map((run, i) => (
            <RunDraft key={i} index={i} runs={runs} initial={initial[i] ?? run} changedFrom={changedFrom} alone={runs.length === 1} hasError={Boolean(errors.runs?.[i])} method={run.config.method} />
          ))}
        </div>
        <div className="flex flex-col gap-3 xl:sticky xl:top-5">
          {refusal && (
            <Notice tone="bad" role="alert" title="The server refused the launch">
              {refusal}
            </Notice>
          )}
          <DraftChanges runs={runs} initial={initial} changedFrom={changedFrom} nameOf={(id) => heads.get(id)?.name ?? id} />
          <Panel title="Planned steps" bodyClassName="px-0 pb-0">
            <PlanPreview runs={runs} plan={current ? plan : undefined} />
            {plan && <LaunchEstimate plan={plan} />}
            <div className="border-t border-line p-4">
              <Button type="submit" variant="primary" disabled={isSubmitting} className="w-full">
                <Rocket /> {isSubmitting ? 'Launching' : runs.length === 1 ? 'Launch the run' : `Launch ${runs.length} runs`}
              </Button>
            </div>
          </Panel>
        </div>
      </form>
    </FormProvider>
  )
}

function describeDataset(dataset: DatasetSummary | undefined): string {
  if (!dataset?.counts) return 'Runs on one data set are judged on the same dev queries.'
  const { docs, queries } = dataset.counts
  return `${formatCount(docs)} documents; queries: ${formatCount(queries.train)} train, ${formatCount(queries.dev)} dev, ${formatCount(queries.test)} test.`
}
