// A report: read, edited, taken away as a file, deleted.
'use client'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { Download, Pencil, Trash2 } from 'lucide-react'
import { useRouter } from 'next/navigation'
import { useRef } from 'react'
import { toast } from 'sonner'
import { api, keys, messageOf } from '@/components/api'
import { saveFile } from '@/components/charts/export-chart'
import { formatDateTime } from '@/components/format'
import { PageHeader } from '@/components/shell/page-header'
import { ReadState } from '@/components/shell/read-state'
import { Button } from '@/components/ui/button'
import { ConfirmDialog } from '@/components/ui/confirm-dialog'
import { EmptyState } from '@/components/ui/notice'
import { SkeletonRows } from '@/components/ui/skeleton'
import { useUrlState } from '@/components/use-url-state'
import { exportReport } from './export-report'
import { ReportBody } from './report-body'
import { ReportEditor } from './report-editor'

export function ReportView({ reportId }: { reportId: string }) {
  const client = useQueryClient()
  const router = useRouter()
  const url = useUrlState()
  const article = useRef<HTMLElement>(null)
  const query = useQuery({ queryKey: keys.report(reportId), queryFn: ({ signal }) => api.report(reportId, signal) })
  const report = query.data
  const editing = url.get('edit') !== null
  const save = async (title: string, body: string): Promise<string | null> => {
    try {
      client.setQueryData(keys.report(reportId), await api.changeReport(reportId, { title, body, changedAt: report!.changedAt }))
    } catch (error) {
      return messageOf(error)
    }
    url.set({ edit: null })
    return null
  }
  const remove = async () => {
    try {
      await api.deleteReport(reportId)
      client.removeQueries({ queryKey: keys.report(reportId) })
      await client.invalidateQueries({ queryKey: keys.reports, exact: true })
      router.push('/reports')
    } catch (error) {
      toast.error('The report could not be deleted', { description: messageOf(error) })
    }
  }
  const download = () => saveFile(`${report!.title.toLowerCase().replaceAll(/[^\p{L}\p{N}]+/gu, '-')}.html`, exportReport(article.current!, { title: report!.title, origin: location.origin, at: new Date() }), 'text/html')
  return (
    <>
      <PageHeader
        title={report?.title ?? 'Report'}
        crumbs={[{ href: '/reports', label: 'Reports' }]}
        note={report && `Changed by ${report.changedBy}, ${formatDateTime(new Date(report.changedAt))}`}
        actions={
          report &&
          !editing && (
            <>
              <Button onClick={download} disabled={report.body.trim() === ''}>
                <Download /> HTML file
              </Button>
              <ConfirmDialog
                trigger={
                  <Button variant="danger">
                    <Trash2 /> Delete
                  </Button>
                }
                title={`Delete ${report.title}?`}
                action="Delete the report"
                onConfirm={remove}
              >
                Its text is lost; the runs that it shows stay.
              </ConfirmDialog>
              <Button variant="primary" onClick={() => url.set({ edit: '1' })}>
                <Pencil /> Edit
              </Button>
            </>
          )
        }
      />
      <ReadState data={report} error={query.error} what="The report" onRetry={() => void query.refetch()} skeleton={<SkeletonRows rows={8} />}>
        {(data) =>
          editing ? (
            <ReportEditor key={data.changedAt} report={data} onSave={save} onCancel={() => url.set({ edit: null })} />
          ) : data.body.trim() === '' ? (
            <EmptyState title="The report is empty" actions={<Button variant="primary" onClick={() => url.set({ edit: '1' })}>Write it</Button>}>
              Text in Markdown, with charts and tables of runs that stay current.
            </EmptyState>
          ) : (
            <article ref={article}>
              <ReportBody body={data.body} />
            </article>
          )
        }
      </ReadState>
    </>
  )
}
