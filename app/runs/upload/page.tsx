// /runs/upload: a run file of another system, to be judged beside ours.
import { UploadRunView } from '@/components/runs/upload-run-view'

export const metadata = { title: 'Upload a run file · DRhard Studio' }

export default function UploadRunPage() {
  return <UploadRunView />
}
