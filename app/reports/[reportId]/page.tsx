// /reports/<id>: one report, read or edited.
import { ReportView } from '@/components/reports/report-view'

export default async function ReportPage({ params }: { params: Promise<{ reportId: string }> }) {
  return <ReportView id={(await params).reportId} />
}
