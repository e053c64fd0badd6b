// /reports: all reports.
import { ReportsView } from '@/components/reports/reports-view'

export const metadata = { title: 'Reports · DRhard Studio' }

export default function ReportsPage() {
  return <ReportsView />
}
