// /reports/<id>: one report, read or (?edit=1) edited.
import { Suspense } from 'react'
import { ReportView } from '@/components/reports/report-view'

export default async function ReportPage({ params }: { params: Promise<{ reportId: string }> }) {
  return (
    <Suspense>
      <ReportView id={(await params).reportId} />
    </Suspense>
  )
}
