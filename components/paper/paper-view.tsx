// The paper's main table with our runs beside it: what agrees, what does not and why, and the way to reproduce it.
'use client'
import { useQuery } from '@tanstack/react-query'
import { Database, FlaskConical } from 'lucide-react'
import { type PaperCollection, PAPER_MEASURES, PAPER_MODELS } from '@/contract/paper'
import type { DatasetSummary } from '@/contract/dataset'
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
import { PaperReasons } from './paper-reasons'
import { PaperTable } from './paper-table'
import { filterOf, isPaperData, prepareClaims, preparePaper } from './prepare-paper'

const COLLECTIONS = [
  { value: 'passage', label: 'Passages' },
  { value: 'document', label: 'Documents' },
] as const

export function PaperView() {
  const url = useUrlState()
  const datasets = useQuery({ queryKey: keys.datasets, queryFn: ({ signal }) => api.datasets(signal) })
  const collection: PaperCollection = url.get('of') === 'document' ? 'document' : 'passage'
  const usable = datasets.data?.filter((dataset) => dataset.state === 'ready') ?? []
  // The collection itself where it is here.
  const chosen = usable.find((dataset) => dataset.id === url.get('dataset')) ?? usable.find((dataset) => isPaperData(collection, dataset.counts)) ?? usable[0]
  return (
    <>
      <PageHeader
        title="Paper"
        note="Zhan et al., Optimizing Dense Retrieval Model Training with Hard Negatives, SIGIR 2021: the published table, and ours beside it."
        actions={
          chosen && (
            <ButtonLink href={`/runs/new?recipe=paper&dataset=${chosen.id}`} variant="primary">
              <FlaskConical /> Reproduce the table
            </ButtonLink>
          )
        }
      />
      <div className="mb-4 flex flex-wrap items-center gap-2">
        <Choice label="Collection of the paper" value={collection} onChange={(of) => url.set({ of: of === 'passage' ? null : of })} options={COLLECTIONS} />
        {usable.length > 0 && (
          <label className="flex items-center gap-2 text-sm text-ink-2">
            our runs on
            <Select value={chosen?.id ?? ''} onChange={(e) => url.set({ dataset: e.target.value })} className="w-48">
              {usable.map((dataset) => (
                <option key={dataset.id} value={dataset.id}>
                  {dataset.name}
                </option>
              ))}
            </Select>
          </label>
        )}
      </div>
      <ReadState data={datasets.data} error={datasets.error} what="The list of data sets" onRetry={() => void datasets.refetch()} skeleton={<SkeletonRows rows={8} className="h-11" />}>
        {() => <Ours key={chosen?.id} collection={collection} dataset={chosen ?? null} />}
      </ReadState>
    </>
  )
}

function Ours({ collection, dataset }: { collection: PaperCollection; dataset: DatasetSummary | null }) {
  const datasetId = dataset?.id ?? null
  const runs = useQuery({
    queryKey: keys.paperRuns(datasetId),
    queryFn: async ({ signal }) => (await Promise.all(PAPER_MODELS.map((model) => api.runTable({ filter: filterOf(model, datasetId!), at: 'last', limit: 1 }, signal)))).flatMap(({ items }) => items.flat()),
    enabled: datasetId !== null,
  })
  if (dataset === null)
    return (
      <>
        <PaperTable collection={collection} rows={preparePaper(collection, [], false)} datasetId={null} />
        <EmptyState icon={<Database />} title="There is no data set to reproduce it on yet" actions={<ButtonLink href="/datasets">Import a data set</ButtonLink>}>
          With MS MARCO the values can be held against each other; on any other collection the order of the models can.
        </EmptyState>
      </>
    )
  const isSameData = isPaperData(collection, dataset.counts)
  return (
    <ReadState data={runs.data} error={runs.error} what="Our runs" onRetry={() => void runs.refetch()} skeleton={<SkeletonRows rows={8} className="h-11" />}>
      {(found) => {
        const rows = preparePaper(collection, found, isSameData)
        const claims = prepareClaims(rows)
        const testable = claims.filter(({ holds }) => holds !== null)
        return (
          <div className="flex flex-col gap-4">
            {!isSameData && (
              <Notice title={`${dataset.name} is not the paper’s collection`}>
                The values stand side by side to be read, not to be compared; what can be is the order of the models{testable.length > 0 ? `: ${testable.filter(({ holds }) => holds).length} of the ${testable.length} claims that can be tested hold.` : ', once two of them were run.'}
              </Notice>
            )}
            <PaperTable collection={collection} rows={rows} datasetId={dataset.id} />
            <ClaimsPanel claims={claims} measure={PAPER_MEASURES[collection][0].id} datasetName={dataset.name} />
            <PaperReasons collection={collection} rows={rows} counts={dataset.counts} />
          </div>
        )
      }}
    </ReadState>
  )
}
