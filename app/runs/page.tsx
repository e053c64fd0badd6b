// /runs: the list of runs.
import { Suspense } from 'react'
import { RunsView } from '@/components/runs/runs-view'

export const metadata = { title: 'Runs · DRhard Studio' }

export default function RunsPage() {
  return (
    <Suspense>
      <RunsView />
    </Suspense>
  )
}
