// The data sets: their import while it runs, their size by split, what is in them, and where to go from here.
'use client'
import { useQueryClient } from '@tanstack/react-query'
import { ChevronRight, FlaskConical, LoaderCircle, Plus, Trash2 } from 'lucide-react'
import Link from 'next/link'
import { type ReactNode, useState } from 'react'
import { toast } from 'sonner'
import { type DatasetSummary, Split } from '@/contract/dataset'
import { api, keys, messageOf } from '@/components/api'
import { useConnection } from '@/components/connection'
import { formatAgo, formatCount, formatTimeLeft } from '@/components/format'
import { PageHeader } from '@/components/shell/page-header'
import { ReadState } from '@/components/shell/read-state'
import { useNow } from '@/components/shell/use-now'
import { Badge } from '@/components/ui/badge'
import { Button, ButtonLink } from '@/components/ui/button'
import { cn } from '@/components/ui/class-names'
import { ConfirmDialog } from '@/components/ui/confirm-dialog'
import { ProgressBar } from '@/components/ui/progress-bar'
import { SkeletonRows } from '@/components/ui/skeleton'
import { useDatasets } from '@/components/use-run-events'
import { DatasetReport } from './dataset-report'
import { DatasetSampleView } from './dataset-sample'
import { DatasetWarnings } from './dataset-warnings'
import { ImportForm } from './import-form'
import { SOURCE_KINDS } from './source-kinds'

export function DatasetsView() {
  const datasets = useDatasets()
  const [importing, setImporting] = useState(false)
  const none = datasets.data?.length === 0
  return (
    <>
      <PageHeader
        title="Data sets"
        actions={
          !none && (
            <Button variant={importing ? 'secondary' : 'primary'} aria-expanded={importing} onClick={() => setImporting(!importing)}>
              <Plus className={cn('transition-transform', importing && 'rotate-45')} /> {importing ? 'Close the form' : 'Import'}
            </Button>
          )
        }
      />
      <ReadState data={datasets.data} error={datasets.error} what="The list of data sets" onRetry={() => void datasets.refetch()} skeleton={<SkeletonRows rows={3} className="h-28" />}>
        {(list) => (
          <div className="flex flex-col gap-4">
            {none && <p className="max-w-prose text-ink-2">There is no data set yet. Import WordNet to try everything at once, or your own collection with queries and relevance judgements.</p>}
            {(importing || none) && <ImportForm onImported={() => setImporting(false)} />}
            {list.map((dataset) => (
              <DatasetCard key={dataset.id} dataset={dataset} />
            ))}
          </div>
        )}
      </ReadState>
    </>
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
          <Link href={`/datasets/${dataset.id}`} className="hover:underline">
            {dataset.name}
          </Link>
        </h2>
        <DatasetState dataset={dataset} />
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
      {dataset.state === 'failed' && <p className="px-4 pb-3 text-sm whitespace-pre-wrap text-bad">{dataset.reason ?? 'No reason was recorded.'}</p>}
      {dataset.state === 'importing' && <ImportProgress dataset={dataset} />}
      {dataset.counts && <Counts counts={dataset.counts} />}
      {dataset.warnings.length > 0 && (
        <div className="px-4 pb-3 text-sm" role="group" aria-label={`Warnings about ${dataset.name}`}>
          <DatasetWarnings warnings={dataset.warnings} />
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

function ImportProgress({ dataset: { name, progress } }: { dataset: DatasetSummary }) {
  const stale = useConnection().state === 'lost'
  return (
    <div className="px-4 pb-3 text-sm text-ink-2">
      {progress && (
        <>
          <ProgressBar share={progress.total > 0 ? progress.done / progress.total : 0} label={`Import of ${name}`} stale={stale} />
          <p className="tabular mt-1 text-xs text-ink-3">
            {formatCount(progress.done)} of {formatCount(progress.total)} {progress.unit}
            {!stale && progress.secondsLeft !== null && ` · ${formatTimeLeft(progress.secondsLeft)} left`}
          </p>
        </>
      )}
      <p className="mt-1">Runs can be launched on it already; they wait for the import.</p>
    </div>
  )
}

function DatasetState({ dataset: { state } }: { dataset: DatasetSummary }) {
  if (state === 'importing')
    return (
      <Badge tone="accent">
        <LoaderCircle aria-hidden className="animate-spin" /> Importing
      </Badge>
    )
  return state === 'failed' ? <Badge tone="bad">Import failed</Badge> : <Badge tone="ok">Ready</Badge>
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
