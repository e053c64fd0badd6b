// One data set: its statistics, a search of its texts, and its judgements query by query.
'use client'
import { useQuery } from '@tanstack/react-query'
import { Download, FlaskConical } from 'lucide-react'
import { api, keys } from '@/components/api'
import { formatCount } from '@/components/format'
import { PageHeader } from '@/components/shell/page-header'
import { ReadState } from '@/components/shell/read-state'
import { buttonClass, ButtonLink } from '@/components/ui/button'
import { Choice } from '@/components/ui/choice'
import { EmptyState } from '@/components/ui/notice'
import { SkeletonRows } from '@/components/ui/skeleton'
import { useUrlState } from '@/components/use-url-state'
import { DatasetStatisticsView } from './dataset-statistics'
import { QrelsBrowser } from './qrels-browser'
import { TextSearch } from './text-search'

const PARTS = [
  { value: 'statistics', label: 'Statistics' },
  { value: 'texts', label: 'Texts' },
  { value: 'qrels', label: 'Judgements' },
] as const

export function DatasetView({ id }: { id: string }) {
  const dataset = useQuery({ queryKey: keys.dataset(id), queryFn: ({ signal }) => api.dataset(id, signal) })
  const url = useUrlState()
  const part = PARTS.find(({ value }) => value === url.get('part'))?.value ?? 'statistics'
  return (
    <ReadState data={dataset.data} error={dataset.error} what="The data set" onRetry={() => void dataset.refetch()} skeleton={<SkeletonRows rows={6} className="h-14" />}>
      {(data) => (
        <>
          <PageHeader
            title={data.name}
            crumbs={[{ href: '/datasets', label: 'Data sets' }]}
            note={data.counts && `${formatCount(data.counts.docs)} documents; ${formatCount(data.counts.queries.train)} train, ${formatCount(data.counts.queries.dev)} dev and ${formatCount(data.counts.queries.test)} test queries with a relevant document`}
            actions={
              data.state === 'ready' && (
                <>
                  <a href={api.judgementsFile(id)} download className={buttonClass({})}>
                    <Download /> Judgements made here
                  </a>
                  <ButtonLink href={`/runs/new?dataset=${id}`}>
                    <FlaskConical /> New run
                  </ButtonLink>
                </>
              )
            }
          />
          {data.state !== 'ready' ? (
            <EmptyState title={data.state === 'failed' ? 'Its import failed' : 'It is still being imported'} actions={<ButtonLink href="/datasets">All data sets</ButtonLink>}>
              {data.reason ?? 'What is in it can be seen when the import is done.'}
            </EmptyState>
          ) : (
            <>
              <div className="mb-4">
                <Choice label="Part of the data set" value={part} onChange={(value) => url.set({ part: value === 'statistics' ? null : value, q: null, offset: null })} options={PARTS} />
              </div>
              {part === 'statistics' && <DatasetStatisticsView id={id} />}
              {part === 'texts' && <TextSearch id={id} />}
              {part === 'qrels' && <QrelsBrowser id={id} />}
            </>
          )}
        </>
      )}
    </ReadState>
  )
}
