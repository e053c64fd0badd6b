// /paper: the paper's table and ours.
import { PaperView } from '@/components/paper/paper-view'

export const metadata = { title: 'Paper · DRhard Studio' }

export default function PaperPage() {
  return <PaperView />
}
