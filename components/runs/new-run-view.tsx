// The launch page: choose a recipe or clone a run, change the settings, see the planned steps, launch.
'use client'
import { useQuery } from '@tanstack/react-query'
import { Database } from 'lucide-react'
import { useState } from 'react'
import type { DatasetSummary } from '@/contract/dataset'
import { type Preset, PRESETS } from '@/contract/presets'
import type { RunDetail } from '@/contract/run'
import { api, keys } from '@/components/api'
import { PageHeader } from '@/components/shell/page-header'
import { ReadState } from '@/components/shell/read-state'
import { ButtonLink } from '@/components/ui/button'
import { EmptyState } from '@/components/ui/notice'
import { Skeleton } from '@/components/ui/skeleton'
import { NewRunForm } from './new-run-form'
import type { Proposal } from './prepare-draft'
import { RecipePicker } from './recipe-picker'
import { useCloneDraft, usePresetDraft } from './use-draft'

interface NewRunViewProps {
  /** Id of the run to clone. */
  from: string | null
  /** Recipe and data set that a link proposes. */
  recipe: string | null
  dataset: string | null
  /** Imported model that a link proposes to start from, and folders of the data set whose results it proposes to take over. */
  model: string | null
  docsFrom: string | null
  negativesFrom: string | null
}

export function NewRunView({ from, recipe, dataset, model, docsFrom, negativesFrom }: NewRunViewProps) {
  const datasets = useQuery({ queryKey: keys.datasets, queryFn: ({ signal }) => api.datasets(signal) })
  const source = useQuery({ queryKey: keys.run(from ?? ''), queryFn: ({ signal }) => api.run(from!, signal), enabled: from !== null })
  const models = useQuery({ queryKey: keys.models, queryFn: ({ signal }) => api.models(signal), enabled: model !== null })
  const proposal: Proposal = { model: models.data?.find(({ id }) => id === model), docsFrom: docsFrom ?? undefined, negativesFrom: negativesFrom ?? undefined }
  const ready = datasets.data && (from === null || source.data) && (model === null || models.data) ? { datasets: datasets.data, source: source.data ?? null } : undefined
  return (
    <>
      <PageHeader
        title={source.data ? `Clone of ${source.data.name}` : 'New run'}
        crumbs={source.data ? [{ href: '/runs', label: 'Runs' }, { href: `/runs/${source.data.id}`, label: source.data.name }] : [{ href: '/runs', label: 'Runs' }]}
      />
      <ReadState data={ready} error={datasets.error ?? source.error ?? models.error} what="What the form needs" onRetry={() => void Promise.all([datasets.refetch(), from === null ? null : source.refetch(), model === null ? null : models.refetch()])} skeleton={<FormSkeleton />}>
        {(data) => <Launch {...data} recipe={recipe} dataset={dataset} proposal={proposal} />}
      </ReadState>
    </>
  )
}

function Launch({ datasets, source, recipe: proposed, dataset, proposal }: { datasets: DatasetSummary[]; source: RunDetail | null; recipe: string | null; dataset: string | null; proposal: Proposal }) {
  const usable = datasets.filter((candidate) => candidate.state !== 'failed')
  const [recipe, setRecipe] = useState(PRESETS.find((preset) => preset.id === proposed)?.id ?? PRESETS[0].id)
  const [datasetId, setDatasetId] = useState(() => usable.find((candidate) => candidate.id === dataset)?.id ?? usable.find((candidate) => candidate.state === 'ready')?.id ?? usable[0]?.id ?? '')
  if (usable.length === 0)
    return (
      <EmptyState icon={<Database />} title="There is no data set to run on yet" actions={<ButtonLink href="/datasets" variant="primary">Import a data set</ButtonLink>}>
        WordNet’s usage examples come with the product; or give a folder with your own collection, queries and judgements.
      </EmptyState>
    )
  if (source) return <Clone key={source.id} source={source} datasets={usable} />
  return (
    <div className="flex flex-col gap-5">
      <RecipePicker value={recipe} onChange={setRecipe} />
      <FromRecipe preset={PRESETS.find((candidate) => candidate.id === recipe)!} datasets={usable} datasetId={datasetId} proposal={proposal} onDataset={setDatasetId} />
    </div>
  )
}

function Clone({ source, datasets }: { source: RunDetail; datasets: DatasetSummary[] }) {
  const draft = useCloneDraft(source)
  return (
    <ReadState data={draft.data} error={draft.error} what="The names of the runs" onRetry={() => void draft.refetch()} skeleton={<FormSkeleton />}>
      {(initial) => <NewRunForm initial={initial} datasets={datasets} changedFrom={source.name} />}
    </ReadState>
  )
}

function FromRecipe({ preset, datasets, datasetId, proposal, onDataset }: { preset: Preset; datasets: DatasetSummary[]; datasetId: string; proposal: Proposal; onDataset: (id: string) => void }) {
  const draft = usePresetDraft(preset, datasets.find((dataset) => dataset.id === datasetId), proposal)
  return (
    <ReadState data={draft.data?.recipe === preset.id ? draft.data.runs : undefined} error={draft.error} what="The runs that there are" onRetry={() => void draft.refetch()} skeleton={<FormSkeleton />}>
      {(initial) => <NewRunForm key={preset.id} initial={initial} datasets={datasets} judgesTest={preset.judgesTest} changedFrom="the recipe" onDataset={onDataset} />}
    </ReadState>
  )
}

function FormSkeleton() {
  return (
    <div role="status" className="grid gap-4 xl:grid-cols-[minmax(0,1fr)_24rem]">
      <span className="sr-only">Loading the form</span>
      <Skeleton className="h-40 rounded-lg xl:col-span-2" />
      <Skeleton className="h-96 rounded-lg" />
      <Skeleton className="h-96 rounded-lg" />
    </div>
  )
}
