// The judgements of a data set, query by query: official grades, and those made here beside them.
'use client'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { Search } from 'lucide-react'
import { type FormEvent, useState } from 'react'
import { Split } from '@/contract/dataset'
import type { JudgedQueries } from '@/contract/dataset-browser'
import { api, keys } from '@/components/api'
import { formatCount } from '@/components/format'
import { JudgementBadges } from '@/components/queries/judgement'
import { ReadState } from '@/components/shell/read-state'
import { Choice } from '@/components/ui/choice'
import { Input } from '@/components/ui/field'
import { EmptyState } from '@/components/ui/notice'
import { Pager } from '@/components/ui/pager'
import { SkeletonRows } from '@/components/ui/skeleton'
import { Button } from '@/components/ui/button'
import { useUrlState } from '@/components/use-url-state'

const LIMIT = 20
const SPLITS = Split.options.map((value) => ({ value, label: value }))

export function QrelsBrowser({ id }: { id: string }) {
  const url = useUrlState()
  const split = Split.options.find((each) => each === url.get('split')) ?? 'dev'
  const params = { split, q: url.get('q') ?? '', offset: Number(url.get('offset') ?? 0) || 0, limit: LIMIT }
  const [typed, setTyped] = useState(params.q)
  const judged = useQuery({ queryKey: keys.judgedQueries(id, params), queryFn: ({ signal }) => api.judgedQueries(id, params, signal), placeholderData: keepPreviousData })
  const search = (event: FormEvent) => {
    event.preventDefault()
    url.set({ q: typed.trim() || null, offset: null })
  }
  return (
    <>
      <form role="search" onSubmit={search} className="mb-3 flex flex-wrap items-center gap-2">
        <Choice label="Split" value={split} onChange={(value) => url.set({ split: value === 'dev' ? null : value, offset: null })} options={SPLITS} />
        <div className="relative min-w-0 flex-1 sm:max-w-96">
          <Search className="pointer-events-none absolute top-1/2 left-2.5 size-4 -translate-y-1/2 text-ink-3" aria-hidden />
          <Input type="search" aria-label="Search the queries" placeholder="Words of the query, or its id" value={typed} maxLength={200} onChange={(e) => setTyped(e.target.value)} className="pl-8" />
        </div>
        <Button type="submit">Search</Button>
        {judged.data && (
          <div className="ml-auto">
            <Pager offset={params.offset} limit={LIMIT} total={judged.data.total} onChange={(offset) => url.set({ offset: offset === 0 ? null : String(offset) })} />
          </div>
        )}
      </form>
      <ReadState data={judged.data} error={judged.error} what="The judgements" onRetry={() => void judged.refetch()} skeleton={<SkeletonRows rows={6} className="h-16" />}>
        {(data) => (data.queries.length === 0 ? <EmptyState title={params.q ? 'No query has these words' : `The data set has no ${split} queries`} /> : <Queries data={data} />)}
      </ReadState>
    </>
  )
}

function Queries({ data: { queries } }: { data: JudgedQueries }) {
  return (
    <ol className="flex flex-col gap-3" data-qrels>
      {queries.map((query) => (
        <li key={query.row} className="rounded-lg border border-line bg-surface px-4 py-3">
          <h2 className="text-base">
            {query.text} <span className="ml-1 font-mono text-xs font-normal text-ink-3">{query.id}</span>
          </h2>
          {query.judged.length === 0 && <p className="mt-1 text-sm text-ink-3">Nothing is judged of it.</p>}
          <ul className="mt-1.5 flex flex-col gap-2">
            {query.judged.map((doc) => (
              <li key={doc.row} className={`border-l-2 pl-2.5 text-sm ${(doc.grade ?? doc.ownGrade ?? 0) > 0 ? 'border-ok' : 'border-line-strong'}`}>
                <p className="line-clamp-3 break-words text-ink-2">{doc.text}</p>
                <p className="mt-0.5 flex flex-wrap items-center gap-x-3 text-xs text-ink-3">
                  <JudgementBadges {...doc} />
                  <span className="font-mono">{doc.id}</span>
                </p>
              </li>
            ))}
          </ul>
          {query.more > 0 && <p className="mt-1 text-xs text-ink-3">and {formatCount(query.more)} more</p>}
        </li>
      ))}
    </ol>
  )
}
