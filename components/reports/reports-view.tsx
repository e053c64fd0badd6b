// All reports, and the way to a new one.
'use client'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { FileText, Plus } from 'lucide-react'
import { PageLink } from '@/components/ui/page-link'
import { useRouter } from 'next/navigation'
import { useState } from 'react'
import { toast } from 'sonner'
import { api, keys, messageOf } from '@/components/api'
import { formatAgo } from '@/components/format'
import { PageHeader } from '@/components/shell/page-header'
import { ReadState } from '@/components/shell/read-state'
import { useNow } from '@/components/shell/use-now'
import { Button } from '@/components/ui/button'
import { EmptyState } from '@/components/ui/notice'
import { SkeletonRows } from '@/components/ui/skeleton'

export function ReportsView() {
  const client = useQueryClient()
  const router = useRouter()
  const now = useNow(30_000)
  const [busy, setBusy] = useState(false)
  const reports = useQuery({ queryKey: keys.reports, queryFn: ({ signal }) => api.reports(signal) })
  const create = async () => {
    setBusy(true)
    try {
      const report = await api.createReport({ title: 'Untitled report' })
      await client.invalidateQueries({ queryKey: keys.reports, exact: true })
      router.push(`/reports/${report.id}?edit=1`)
    } catch (error) {
      toast.error('The report could not be created', { description: messageOf(error) })
      setBusy(false)
    }
  }
  const button = (
    <Button variant="primary" disabled={busy} onClick={() => void create()}>
      <Plus /> New report
    </Button>
  )
  return (
    <>
      <PageHeader title="Reports" note="Text with charts and tables of runs that stay current; each can be taken away as one HTML file." actions={reports.data && reports.data.length > 0 && button} />
      <ReadState data={reports.data} error={reports.error} what="The list of reports" onRetry={() => void reports.refetch()} skeleton={<SkeletonRows rows={4} className="h-14" />}>
        {(list) =>
          list.length === 0 ? (
            <EmptyState icon={<FileText />} title="No reports yet" actions={button}>
              Write down what the runs show while they run: the charts follow them.
            </EmptyState>
          ) : (
            <ul className="flex max-w-3xl flex-col gap-2">
              {list.map((report) => (
                <li key={report.id} className="relative flex items-center gap-3 rounded-lg border border-line bg-surface px-4 py-3 hover:bg-hover">
                  <FileText className="size-4 shrink-0 text-ink-3" aria-hidden />
                  <PageLink href={`/reports/${report.id}`} className="min-w-0 flex-1 truncate text-base font-medium after:absolute after:inset-0">
                    {report.title}
                  </PageLink>
                  <span className="text-xs text-ink-3">
                    {report.changedBy}, {formatAgo(new Date(report.changedAt), now)}
                  </span>
                </li>
              ))}
            </ul>
          )
        }
      </ReadState>
    </>
  )
}
