// One report: read with live numbers, edited part by part, downloaded as a page of its own.
'use client'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { Download, Pencil } from 'lucide-react'
import { useRef, useState } from 'react'
import { toast } from 'sonner'
import type { Report } from '@/contract/report'
import { api, keys, messageOf } from '@/components/api'
import { saveFile } from '@/components/charts/export-chart'
import { formatDateTime } from '@/components/format'
import { PageHeader } from '@/components/shell/page-header'
import { ReadError, ReadState } from '@/components/shell/read-state'
import { Button } from '@/components/ui/button'
import { EmptyState } from '@/components/ui/notice'
import { SkeletonRows } from '@/components/ui/skeleton'
import { exportReport } from './export-report'
import { runsOf } from './prepare-report'
import { ReportBlockView } from './report-block'
import { ReportEditor } from './report-editor'
import { useReportRuns } from './use-report-runs'

const CRUMBS = [{ href: '/reports', label: 'Reports' }]

export function ReportView({ id }: { id: string }) {
  const report = useQuery({ queryKey: keys.report(id), queryFn: ({ signal }) => api.report(id, signal) })
  // A report that was just made opens for writing.
  const [editing, setEditing] = useState(() => typeof window !== 'undefined' && new URLSearchParams(window.location.search).has('edit'))
  const client = useQueryClient()
  const close = (saved: Report | null) => {
    if (saved) {
      client.setQueryData(keys.report(id), saved)
      void client.invalidateQueries({ queryKey: keys.reports })
    }
    window.history.replaceState(null, '', window.location.pathname)
    setEditing(false)
  }
  return (
    <ReadState data={report.data} error={report.error} what="The report" onRetry={() => void report.refetch()} skeleton={<SkeletonRows rows={6} className="h-16" />}>
      {(data) => (editing ? <ReportEditor key={data.version} report={data} onClose={close} /> : <ReadReport report={data} onEdit={() => setEditing(true)} />)}
    </ReadState>
  )
}

function ReadReport({ report, onEdit }: { report: Report; onEdit: () => void }) {
  const all = useReportRuns(runsOf(report.blocks))
  const body = useRef<HTMLDivElement>(null)
  const note = `Last changed by ${report.changedBy}, ${formatDateTime(new Date(report.changedAt))}`
  const download = () => {
    try {
      const html = exportReport(body.current!, { title: report.title, note: `${note}. Numbers as of ${formatDateTime(new Date())}.` })
      saveFile(`${report.title.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-') || 'report'}.html`, html, 'text/html')
    } catch (error) {
      toast.error('The page could not be made', { description: messageOf(error) })
    }
  }
  return (
    <>
      <PageHeader
        title={report.title}
        crumbs={CRUMBS}
        note={<span suppressHydrationWarning>{note}</span>}
        actions={
          <>
            <Button onClick={download} disabled={all.loading}>
              <Download /> Download as HTML
            </Button>
            <Button variant="primary" onClick={onEdit}>
              <Pencil /> Edit
            </Button>
          </>
        }
      />
      {all.error && <ReadError error={all.error} what="One of the runs" onRetry={all.retry} />}
      {report.blocks.every((block) => block.kind === 'text' && !block.markdown) ? (
        <EmptyState title="Nothing is written yet" actions={<Button onClick={onEdit}>Write</Button>} />
      ) : (
        <div ref={body} className="flex max-w-4xl flex-col gap-5">
          {report.blocks.map((block, i) => (
            <div key={i} data-part={block.kind} className="min-w-0">
              <ReportBlockView block={block} all={all} />
            </div>
          ))}
        </div>
      )}
    </>
  )
}
