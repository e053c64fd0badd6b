// The data sets: their import while it runs, their size by split, what is in them, and where to go from here.
'use client'
import { useQueryClient } from '@tanstack/react-query'
import { ChevronRight, FlaskConical, Trash2 } from 'lucide-react'
import { PageLink } from '@/components/ui/page-link'
import { type ReactNode, useState } from 'react'
import { toast } from 'sonner'
import { type DatasetSummary, Split } from '@/contract/dataset'
import { api, keys, messageOf } from '@/components/api'
import { formatAgo, formatCount } from '@/components/format'
import { ImportPage } from '@/components/imports/import-page'
import { ImportBadge, ImportOutcome } from '@/components/imports/import-state'
import { useNow } from '@/components/shell/use-now'
import { Button, ButtonLink } from '@/components/ui/button'
import { cn } from '@/components/ui/class-names'
import { ConfirmDialog } from '@/components/ui/confirm-dialog'
import { useDatasets } from '@/components/use-run-events'
import { DatasetReport } from './dataset-report'
import { DatasetSampleView } from './dataset-sample'
import { DatasetWarnings } from './dataset-warnings'
import { ImportForm } from './import-form'
import { SOURCE_KINDS } from './source-kinds'

export function DatasetsView() {
  return (
    <ImportPage
      title="Data sets"
      query={useDatasets()}
      none="There is no data set yet. Import WordNet to try everything at once, or your own collection with queries and relevance judgements."
      form={(onImported) => <ImportForm onImported={onImported} />}
      card={(dataset) => <DatasetCard key={dataset.id} dataset={dataset} />}
    />
  )
}

function sourceText({ source }: DatasetSummary): string {
  if (source.kind === 'wordnet') return 'WordNet usage examples'
  return source.kind === 'url' ? `${SOURCE_KINDS[source.format].title} from ${new URL(source.urls[0]).host}` : `${SOURCE_KINDS[source.kind].title} in ${source.folder}`
}

function DatasetCard({ dataset }: { dataset: DatasetSummary }) {
  const now = useNow(30_000)
  return (
    <section aria-label={dataset.name} className="overflow-hidden rounded-lg border border-line bg-surface" data-dataset={dataset.name}>
      <header className="flex flex-wrap items-center gap-x-3 gap-y-2 px-4 pt-3 pb-2">
        <h2 className="text-lg">
          <PageLink href={`/datasets/${dataset.id}`} className="hover:underline">
            {dataset.name}
          </PageLink>
        </h2>
        <ImportBadge state={dataset.state} />
        <span className="min-w-0 truncate text-xs text-ink-3">
          {sourceText(dataset)} · {formatAgo(new Date(dataset.createdAt), now)} · {dataset.runCount === 1 ? '1 run' : `${formatCount(dataset.runCount)} runs`}
        </span>
        <div className="ml-auto flex gap-1">
          {dataset.state === 'ready' && (
            <ButtonLink href={`/runs/new?dataset=${dataset.id}`} size="sm">
              <FlaskConical /> New run
            </ButtonLink>
          )}
          <DeleteDataset dataset={dataset} />
        </div>
      </header>
      <ImportOutcome imported={dataset} note="Runs can be launched on it already; they wait for the import." />
      {dataset.counts && <Counts counts={dataset.counts} />}
      {dataset.warnings.length > 0 && (
        <div className="px-4 pb-3 text-sm" role="group" aria-label={`Warnings about ${dataset.name}`}>
          <DatasetWarnings warnings={dataset.warnings} marked />
        </div>
      )}
      {dataset.state === 'ready' && (
        <>
          <Unfolding title="Sample of its queries">
            <DatasetSampleView id={dataset.id} />
          </Unfolding>
          <Unfolding title="What the import found">
            <DatasetReport dataset={dataset} />
          </Unfolding>
        </>
      )}
    </section>
  )
}

/** A part of the card that is read when it is opened. */
function Unfolding({ title, children }: { title: string; children: ReactNode }) {
  const [open, setOpen] = useState(false)
  return (
    <div className="border-t border-line">
      <button type="button" aria-expanded={open} onClick={() => setOpen(!open)} className="flex h-9 w-full items-center gap-2 px-4 text-sm text-ink-2 hover:bg-hover hover:text-ink">
        <ChevronRight aria-hidden className={cn('size-4 transition-transform', open && 'rotate-90')} /> {title}
      </button>
      {open && children}
    </div>
  )
}

function Counts({ counts }: { counts: NonNullable<DatasetSummary['counts']> }) {
  const splits = Split.options.filter((split) => split !== 'lead' || counts.queries.lead > 0)
  return (
    <div className="overflow-x-auto px-4 pb-3">
      <table className="tabular text-sm">
        <thead className="text-xs text-ink-3">
          <tr>
            <th scope="col" className="py-1 pr-8 text-left font-medium">
              Documents
            </th>
            <th scope="col" className="py-1 pr-8 text-left font-medium">
              Per split
            </th>
            {splits.map((split) => (
              <th key={split} scope="col" className="py-1 pr-6 text-right font-medium">
                {split}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          <tr>
            <td rowSpan={2} className="pr-8 align-top text-xl font-semibold">
              {formatCount(counts.docs)}
            </td>
            <th scope="row" className="py-0.5 pr-8 text-left font-normal text-ink-2">
              queries
            </th>
            {splits.map((split) => (
              <td key={split} className="pr-6 text-right">
                {formatCount(counts.queries[split])}
              </td>
            ))}
          </tr>
          <tr>
            <th scope="row" className="py-0.5 pr-8 text-left font-normal text-ink-2">
              relevant pairs
            </th>
            {splits.map((split) => (
              <td key={split} className="pr-6 text-right">
                {formatCount(counts.positives[split])}
              </td>
            ))}
          </tr>
        </tbody>
      </table>
    </div>
  )
}

function DeleteDataset({ dataset }: { dataset: DatasetSummary }) {
  const client = useQueryClient()
  const remove = async () => {
    try {
      await api.deleteDataset(dataset.id)
      toast.success(`${dataset.name} is deleted`)
    } catch (error) {
      toast.error('Deleting did not work', { description: messageOf(error) })
    }
    await client.invalidateQueries({ queryKey: keys.datasets })
  }
  return (
    <ConfirmDialog
      trigger={
        <Button variant="ghost" size="icon-sm" aria-label={`Delete ${dataset.name}`} title="Delete">
          <Trash2 />
        </Button>
      }
      title={`Delete ${dataset.name}?`}
      action="Delete the data set"
      onConfirm={remove}
    >
      The imported rows are lost; the files they came from are not touched. {dataset.runCount > 0 && `${formatCount(dataset.runCount)} runs use it: they have to be deleted first.`}
    </ConfirmDialog>
  )
}
