// The paper's table: published values, what the runs of a data set reach, which of its claims hold there, and why numbers differ.
'use client'
import { useQuery } from '@tanstack/react-query'
import { Database, FlaskConical } from 'lucide-react'
import type { DatasetSummary } from '@/contract/dataset'
import { PAPER_DATA, PAPER_TOLERANCE, type PaperCollection } from '@/contract/paper'
import type { RunSummary } from '@/contract/run'
import { api, keys } from '@/components/api'
import { PageHeader } from '@/components/shell/page-header'
import { ReadState } from '@/components/shell/read-state'
import { ButtonLink } from '@/components/ui/button'
import { Choice } from '@/components/ui/choice'
import { Select } from '@/components/ui/field'
import { EmptyState, Notice } from '@/components/ui/notice'
import { SkeletonRows } from '@/components/ui/skeleton'
import { useUrlState } from '@/components/use-url-state'
import { ClaimsPanel } from './claims-panel'
import { PaperTable } from './paper-table'
import { collectionOf, isComparable, prepareClaims, preparePaper } from './prepare-paper'
import { ReasonsPanel } from './reasons-panel'

const COLLECTIONS = [
  { value: 'passage', label: 'Passages' },
  { value: 'document', label: 'Documents' },
] as const

export function PaperView() {
  const datasets = useQuery({ queryKey: keys.datasets, queryFn: ({ signal }) => api.datasets(signal) })
  const runs = useQuery({ queryKey: keys.runs, queryFn: ({ signal }) => api.runs(signal) })
  const ready = datasets.data && runs.data ? { datasets: datasets.data.filter(({ state }) => state === 'ready'), runs: runs.data } : undefined
  return (
    <>
      <PageHeader title="The paper" note="Zhan et al. 2021, Optimizing Dense Retrieval Model Training with Hard Negatives (SIGIR): its six models, and the runs here that reproduce them." />
      <ReadState data={ready} error={datasets.error ?? runs.error} what="The runs" onRetry={() => void Promise.all([datasets.refetch(), runs.refetch()])} skeleton={<SkeletonRows rows={7} className="h-12" />}>
        {(data) =>
          data.datasets.length === 0 ? (
            <EmptyState icon={<Database />} title="There is no data set to reproduce it on yet" actions={<ButtonLink href="/datasets" variant="primary">Import a data set</ButtonLink>}>
              MS MARCO gives numbers that can be held against the paper’s; any other collection shows whether its claims hold there.
            </EmptyState>
          ) : (
            <Tables {...data} />
          )
        }
      </ReadState>
    </>
  )
}

function Tables({ datasets, runs }: { datasets: DatasetSummary[]; runs: RunSummary[] }) {
  const url = useUrlState()
  const dataset = datasets.find(({ id }) => id === url.get('dataset')) ?? datasets.toSorted((a, b) => b.runCount - a.runCount)[0]
  const collection = COLLECTIONS.find(({ value }) => value === url.get('of'))?.value ?? collectionOf(dataset)
  const rows = preparePaper(dataset, runs, collection)
  const chosen = rows.find(({ model, run }) => run && model.id === url.get('model')) ?? rows.findLast(({ run }) => run)
  return (
    <div className="grid gap-4">
      <div className="flex flex-wrap items-center gap-2">
        <label className="flex items-center gap-2 text-sm text-ink-2">
          Data set
          <Select value={dataset.id} onChange={(e) => url.set({ dataset: e.target.value, of: null })} className="w-48">
            {datasets.map(({ id, name }) => (
              <option key={id} value={id}>
                {name}
              </option>
            ))}
          </Select>
        </label>
        <Choice label="The paper’s table" value={collection} onChange={(value) => url.set({ of: value })} options={COLLECTIONS} />
        <ButtonLink href={`/runs/new?recipe=paper&dataset=${dataset.id}`} variant="primary" className="sm:ml-auto">
          <FlaskConical /> {rows.some(({ run }) => run) ? 'Launch the table again' : 'Reproduce the table'}
        </ButtonLink>
      </div>
      {!isComparable(dataset, collection) && <NotComparable dataset={dataset} collection={collection} />}
      <PaperTable rows={rows} chosen={chosen?.model.id ?? null} onChoose={(id) => url.set({ model: id })} />
      <div className="grid items-start gap-4 xl:grid-cols-2">
        <ClaimsPanel claims={prepareClaims(rows)} measure={rows[0].cells[0].measure} datasetName={dataset.name} />
        {chosen?.run && <ReasonsPanel title={chosen.model.title} run={chosen.run} dataset={dataset} collection={collection} />}
      </div>
    </div>
  )
}

function NotComparable({ dataset, collection }: { dataset: DatasetSummary; collection: PaperCollection }) {
  return (
    <Notice title={`${dataset.name} is not the paper’s collection`}>
      Its values stand beside the published ones for orientation and get no verdict; whether the paper’s claims hold here can be said. A verdict (within {PAPER_TOLERANCE} of the published value) needs all of {PAPER_DATA[collection].title}: <code className="font-mono text-xs">./drhard data get msmarco-{collection === 'passage' ? 'passage' : 'doc'}</code>
    </Notice>
  )
}
