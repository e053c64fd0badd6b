// /workers: the job server's processes.
import { WorkersView } from '@/components/workers/workers-view'

export const metadata = { title: 'Workers · DRhard Studio' }

export default function WorkersPage() {
  return <WorkersView />
}
