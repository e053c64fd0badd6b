// /reports/<id>: one report, read or edited.
import { ReportView } from '@/components/reports/report-view'

export const metadata = { title: 'Report · DRhard Studio' }

export default async function ReportPage({ params }: { params: Promise<{ reportId: string }> }) {
  const { reportId } = await params
  return <ReportView reportId={reportId} />
}
