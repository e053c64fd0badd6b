// The audit log: who did what, newest first, older entries on demand.
'use client'
import { useInfiniteQuery } from '@tanstack/react-query'
import type { AuditEntry } from '@/contract/access'
import { api, keys } from '@/components/api'
import { ReadState } from '@/components/shell/read-state'
import { Button } from '@/components/ui/button'
import { Panel } from '@/components/ui/panel'
import { SkeletonRows } from '@/components/ui/skeleton'

const PAGE = 50

export function AuditPanel() {
  const audit = useInfiniteQuery({
    queryKey: keys.audit,
    queryFn: ({ pageParam, signal }) => api.audit({ before: pageParam, limit: PAGE }, signal),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.before,
  })
  return (
    <Panel title="Audit log" bodyClassName="px-0 pb-0">
      <ReadState data={audit.data} error={audit.error} what="The audit log" onRetry={() => void audit.refetch()} skeleton={<SkeletonRows rows={4} className="mx-4 h-8" />}>
        {({ pages }) => {
          const entries = pages.flatMap((page) => page.entries)
          if (entries.length === 0) return <p className="px-4 pb-4 text-sm text-ink-3">Nobody has done anything yet.</p>
          return (
            <div className="overflow-x-auto border-t border-line">
              <table className="w-full text-sm">
                <thead>
                  <tr className="text-left text-xs text-ink-3">
                    <th className="px-4 py-2 font-medium">When</th>
                    <th className="px-2 py-2 font-medium">Who</th>
                    <th className="px-2 py-2 font-medium">What</th>
                    <th className="px-4 py-2 font-medium">Which</th>
                  </tr>
                </thead>
                <tbody>
                  {entries.map((entry) => (
                    <tr key={entry.id} className="border-t border-line align-top">
                      <td className="px-4 py-1.5 whitespace-nowrap text-ink-2 tabular">{new Date(entry.at).toLocaleString('en-GB')}</td>
                      <td className="px-2 py-1.5 whitespace-nowrap" title={entry.address ?? undefined}>
                        {entry.actor}
                      </td>
                      <td className="px-2 py-1.5 font-mono text-xs whitespace-nowrap">{entry.action}</td>
                      <td className="px-4 py-1.5 text-ink-2">{describe(entry)}</td>
                    </tr>
                  ))}
                </tbody>
              </table>
              {audit.hasNextPage && (
                <div className="border-t border-line p-3">
                  <Button size="sm" disabled={audit.isFetchingNextPage} onClick={() => void audit.fetchNextPage()}>
                    Earlier entries
                  </Button>
                </div>
              )}
            </div>
          )
        }}
      </ReadState>
    </Panel>
  )
}

/** What the entry is about, as a person would name it. */
function describe({ target, detail }: AuditEntry): string {
  if (Array.isArray(detail?.runs)) return (detail.runs as { name: string }[]).map((run) => run.name).join(', ')
  const rest = Object.entries(detail ?? {}).filter(([key]) => key !== 'name').map(([key, value]) => `${key} ${Array.isArray(value) ? value.join(', ') : String(value)}`)
  return [detail?.name ?? target ?? '', ...rest].filter(Boolean).join('; ')
}
