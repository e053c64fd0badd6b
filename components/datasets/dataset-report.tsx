// What an import found beside the data: whether the collection is a known one, judgements by file, lines left out, hashes of the ids.
'use client'
import { useQuery } from '@tanstack/react-query'
import { CircleCheck } from 'lucide-react'
import type { DatasetSummary, ImportReport } from '@/contract/dataset'
import { api, keys } from '@/components/api'
import { formatCount } from '@/components/format'
import { ReadState } from '@/components/shell/read-state'
import { CopyButton } from '@/components/ui/copy-button'
import { SkeletonRows } from '@/components/ui/skeleton'
import { GivenResults } from './given-results'

export function DatasetReport({ dataset }: { dataset: DatasetSummary }) {
  const { id } = dataset
  const report = useQuery({ queryKey: keys.datasetReport(id), queryFn: ({ signal }) => api.datasetReport(id, signal), staleTime: Infinity })
  return (
    <div className="px-4 pt-1 pb-4 text-sm">
      <ReadState data={report.data} error={report.error} what="The report of the import" onRetry={() => void report.refetch()} skeleton={<SkeletonRows rows={3} className="h-6" />}>
        {(found) => <Report dataset={dataset} report={found} />}
      </ReadState>
    </div>
  )
}

function Report({ dataset, report }: { dataset: DatasetSummary; report: ImportReport }) {
  const { known, warnings, badLines, emptyDocs, qrels, idHashes, given } = report
  return (
    <div className="flex flex-col gap-3">
      {known && known.differences.length === 0 && (
        <p className="flex items-center gap-2">
          <CircleCheck aria-hidden className="size-4 shrink-0 text-ok" /> It is what {known.name} should be.
        </p>
      )}
      {known === null && warnings.length === 0 && <p className="text-ink-2">Nothing stood out.</p>}
      {given.length > 0 && <GivenResults dataset={dataset} given={given} />}
      {badLines.count > 0 && (
        <details>
          <summary className="cursor-pointer text-ink-2">
            {formatCount(badLines.count)} lines left out{badLines.count > badLines.first.length && `, the first ${badLines.first.length}`}
          </summary>
          <ol className="mt-1 max-h-60 overflow-y-auto font-mono text-xs text-ink-2">
            {badLines.first.map((line, i) => (
              <li key={i}>{line}</li>
            ))}
          </ol>
        </details>
      )}
      <dl className="grid gap-x-8 gap-y-2 sm:grid-cols-2 xl:grid-cols-4">
        {qrels.map(({ file, judgements, unknownQueries, unknownDocs }) => (
          <Fact key={file} name={file}>
            {formatCount(judgements)} judgements
            {unknownQueries + unknownDocs > 0 && ` · of ${formatCount(unknownQueries)} unknown queries, ${formatCount(unknownDocs)} unknown documents`}
          </Fact>
        ))}
        {emptyDocs > 0 && <Fact name="Documents without text">{formatCount(emptyDocs)}, kept</Fact>}
        {(['docs', 'queries'] as const).map((kind) => (
          <Fact key={kind} name={`Hash of the ${kind === 'docs' ? 'document' : 'query'} ids`}>
            <span className="flex items-center gap-1">
              <code className="font-mono text-xs">{idHashes[kind].slice(0, 16)}…</code>
              <CopyButton text={idHashes[kind]} label="Copy the hash" />
            </span>
          </Fact>
        ))}
      </dl>
    </div>
  )
}

function Fact({ name, children }: { name: string; children: React.ReactNode }) {
  return (
    <div className="min-w-0">
      <dt className="truncate text-xs text-ink-3">{name}</dt>
      <dd className="tabular">{children}</dd>
    </div>
  )
}
