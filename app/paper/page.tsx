// /paper: the paper's table and ours.
import { Suspense } from 'react'
import { PaperView } from '@/components/paper/paper-view'

export const metadata = { title: 'Paper · DRhard Studio' }

export default function PaperPage() {
  return (
    <Suspense>
      <PaperView />
    </Suspense>
  )
}
