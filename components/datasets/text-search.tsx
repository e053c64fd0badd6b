// Searches the documents or queries of a data set by words or official id; a large collection is looked through piece by piece, and says how far.
'use client'
import { useInfiniteQuery } from '@tanstack/react-query'
import { Search } from 'lucide-react'
import { type FormEvent, useState } from 'react'
import type { FoundTexts } from '@/contract/dataset-browser'
import { api, keys } from '@/components/api'
import { formatCount } from '@/components/format'
import { MarkedText } from '@/components/queries/marked-text'
import { queryTerms } from '@/components/queries/prepare-highlight'
import { ReadState } from '@/components/shell/read-state'
import { Button } from '@/components/ui/button'
import { Choice } from '@/components/ui/choice'
import { Input } from '@/components/ui/field'
import { EmptyState } from '@/components/ui/notice'
import { SkeletonRows } from '@/components/ui/skeleton'
import { useUrlState } from '@/components/use-url-state'

const LIMIT = 20
const KINDS = [
  { value: 'docs', label: 'Documents' },
  { value: 'queries', label: 'Queries' },
] as const

export function TextSearch({ id }: { id: string }) {
  const url = useUrlState()
  const q = url.get('q') ?? ''
  const of = url.get('of') === 'queries' ? 'queries' : 'docs'
  const [typed, setTyped] = useState(q)
  const found = useInfiniteQuery({
    queryKey: keys.findTexts(id, of, q),
    queryFn: ({ pageParam, signal }) => api.findTexts(id, { of, q, from: pageParam, limit: LIMIT }, signal),
    initialPageParam: 0,
    getNextPageParam: (page: FoundTexts) => page.next ?? undefined,
    staleTime: Infinity,
  })
  const search = (event: FormEvent) => {
    event.preventDefault()
    url.set({ q: typed.trim() || null })
  }
  return (
    <>
      <form role="search" onSubmit={search} className="mb-3 flex flex-wrap items-center gap-2">
        <Choice label="Search in" value={of} onChange={(value) => url.set({ of: value === 'docs' ? null : value })} options={KINDS} />
        <div className="relative min-w-0 flex-1 sm:max-w-96">
          <Search className="pointer-events-none absolute top-1/2 left-2.5 size-4 -translate-y-1/2 text-ink-3" aria-hidden />
          <Input type="search" aria-label="Search the texts" placeholder="Words, or an official id" value={typed} maxLength={200} onChange={(e) => setTyped(e.target.value)} className="pl-8" />
        </div>
        <Button type="submit">Search</Button>
      </form>
      <ReadState data={found.data} error={found.error} what="The texts" onRetry={() => void found.refetch()} skeleton={<SkeletonRows rows={6} className="h-16" />}>
        {({ pages }) => {
          const results = pages.flatMap((page) => page.results)
          const looked = pages.reduce((sum, page) => sum + page.looked, 0)
          const [{ rows }] = pages
          return (
            <>
              <p role="status" className="tabular mb-2 text-sm text-ink-2">
                {q === '' ? `${formatCount(rows)} ${of === 'docs' ? 'documents' : 'queries'}` : `${formatCount(results.length)} found in ${looked >= rows ? `all ${formatCount(rows)}` : `the first ${formatCount(looked)} of ${formatCount(rows)}`}`}
              </p>
              {results.length === 0 ? <EmptyState title={looked >= rows ? 'No text has these words' : 'Nothing found so far'} /> : <Results results={results} q={q} />}
              {found.hasNextPage && (
                <Button className="mt-3" disabled={found.isFetchingNextPage} onClick={() => void found.fetchNextPage()}>
                  {found.isFetchingNextPage ? 'Looking' : q === '' ? 'Show more' : 'Look on'}
                </Button>
              )}
            </>
          )
        }}
      </ReadState>
    </>
  )
}

function Results({ results, q }: { results: FoundTexts['results']; q: string }) {
  const terms = queryTerms(q)
  return (
    <ol className="overflow-hidden rounded-lg border border-line bg-surface" data-texts>
      {results.map((each) => (
        <li key={each.row} className="border-t border-line px-4 py-2.5 first:border-0">
          <p className="max-w-[90ch] text-base break-words whitespace-pre-line">{each.text === '' ? <span className="text-ink-3">an empty text</span> : <MarkedText text={each.text} terms={terms} />}</p>
          <p className="mt-0.5 font-mono text-xs text-ink-3">{each.id}</p>
        </li>
      ))}
    </ol>
  )
}
