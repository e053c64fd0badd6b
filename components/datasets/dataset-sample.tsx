// A few queries of each split with the documents that are relevant to them.
'use client'
import { useQuery } from '@tanstack/react-query'
import { Split } from '@/contract/dataset'
import { api, keys } from '@/components/api'
import { ReadState } from '@/components/shell/read-state'
import { SkeletonRows } from '@/components/ui/skeleton'

export function DatasetSampleView({ id }: { id: string }) {
  const sample = useQuery({ queryKey: keys.datasetSample(id), queryFn: ({ signal }) => api.datasetSample(id, signal), staleTime: Infinity })
  return (
    <div className="px-4 pt-1 pb-4">
      <ReadState data={sample.data} error={sample.error} what="The sample" onRetry={() => void sample.refetch()} skeleton={<SkeletonRows rows={4} className="h-10" />}>
        {({ queries }) => (
          <div className="grid gap-x-8 gap-y-4 lg:grid-cols-3">
            {Split.options.filter((split) => split !== 'lead' || queries.some((query) => query.split === 'lead')).map((split) => {
              const shown = queries.filter((query) => query.split === split)
              return (
                <section key={split} aria-label={`${split} queries`}>
                  <h3 className="mb-1 text-sm text-ink-3">{split}</h3>
                  {shown.length === 0 && <p className="text-sm text-ink-3">No queries in this split.</p>}
                  <ul className="flex flex-col gap-3">
                    {shown.map((query) => (
                      <li key={query.id} className="text-sm">
                        <p className="font-medium">{query.text}</p>
                        {query.relevant.map((doc) => (
                          <p key={doc.id} className="mt-0.5 border-l-2 border-ok pl-2 text-ink-2">
                            <span className="line-clamp-3">{doc.text}</span>
                            <span className="font-mono text-xs text-ink-3">{doc.id}</span>
                          </p>
                        ))}
                      </li>
                    ))}
                  </ul>
                </section>
              )
            })}
          </div>
        )}
      </ReadState>
    </div>
  )
}
