// /reports/<id>: one report, read or edited.
import { Suspense } from 'react'
import { ReportView } from '@/components/reports/report-view'

export const metadata = { title: 'Report · DRhard Studio' }

export default async function ReportPage({ params }: { params: Promise<{ reportId: string }> }) {
  const { reportId } = await params
  return (
    <Suspense>
      <ReportView reportId={reportId} />
    </Suspense>
  )
}
