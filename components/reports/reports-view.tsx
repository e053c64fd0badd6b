// All reports: open one, begin one, delete one.
'use client'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { FileText, Plus, Trash2 } from 'lucide-react'
import Link from 'next/link'
import { useRouter } from 'next/navigation'
import { useState } from 'react'
import { toast } from 'sonner'
import type { ReportSummary } from '@/contract/report'
import { api, keys, messageOf } from '@/components/api'
import { formatAgo, formatCount } from '@/components/format'
import { PageHeader } from '@/components/shell/page-header'
import { ReadState } from '@/components/shell/read-state'
import { useNow } from '@/components/shell/use-now'
import { Button } from '@/components/ui/button'
import { ConfirmDialog } from '@/components/ui/confirm-dialog'
import { EmptyState } from '@/components/ui/notice'
import { SkeletonRows } from '@/components/ui/skeleton'

const AGO_MS = 10_000

export function ReportsView() {
  const reports = useQuery({ queryKey: keys.reports, queryFn: ({ signal }) => api.reports(signal) })
  return (
    <>
      <PageHeader title="Reports" note="Text with live charts and tables of runs; each can be downloaded as a page that opens anywhere." actions={<NewReportButton />} />
      <ReadState data={reports.data} error={reports.error} what="The list of reports" onRetry={() => void reports.refetch()} skeleton={<SkeletonRows rows={3} className="h-16" />}>
        {(list) =>
          list.length === 0 ? (
            <EmptyState icon={<FileText />} title="There is no report yet" actions={<NewReportButton />}>
              A report tells what was tried and what came out: paragraphs in Markdown, curves and measures of the runs they speak of, the settings in which those differ.
            </EmptyState>
          ) : (
            <ul className="overflow-hidden rounded-lg border border-line bg-surface">
              {list.map((report) => (
                <ReportRow key={report.id} report={report} />
              ))}
            </ul>
          )
        }
      </ReadState>
    </>
  )
}

function NewReportButton() {
  const router = useRouter()
  const client = useQueryClient()
  const [busy, setBusy] = useState(false)
  const create = async () => {
    setBusy(true)
    try {
      const report = await api.createReport({ title: 'Untitled report', blocks: [{ kind: 'text', markdown: '' }] })
      client.setQueryData(keys.report(report.id), report)
      void client.invalidateQueries({ queryKey: keys.reports })
      router.push(`/reports/${report.id}?edit`)
    } catch (error) {
      toast.error('The report could not be made', { description: messageOf(error) })
      setBusy(false)
    }
  }
  return (
    <Button variant="primary" disabled={busy} onClick={() => void create()}>
      <Plus /> New report
    </Button>
  )
}

function ReportRow({ report }: { report: ReportSummary }) {
  const now = useNow(AGO_MS)
  const client = useQueryClient()
  const remove = async () => {
    try {
      await api.deleteReport(report.id)
      toast.success(`${report.title} is deleted`)
    } catch (error) {
      toast.error('Deleting did not work', { description: messageOf(error) })
    }
    await client.invalidateQueries({ queryKey: keys.reports })
  }
  return (
    <li className="flex items-center gap-3 border-t border-line px-4 py-2.5 first:border-t-0 hover:bg-hover">
      <Link href={`/reports/${report.id}`} className="min-w-0 flex-1">
        <span className="block truncate text-base font-medium">{report.title}</span>
        <span className="text-xs text-ink-3" suppressHydrationWarning>
          {formatCount(report.parts)} {report.parts === 1 ? 'part' : 'parts'} · changed by {report.changedBy} {formatAgo(new Date(report.changedAt), now)}
        </span>
      </Link>
      <ConfirmDialog
        trigger={
          <Button variant="ghost" size="icon-sm" aria-label={`Delete ${report.title}`} title="Delete">
            <Trash2 />
          </Button>
        }
        title={`Delete ${report.title}?`}
        action="Delete the report"
        onConfirm={remove}
      >
        Its text is lost; the runs it shows stay.
      </ConfirmDialog>
    </li>
  )
}
