// /compare?runs=a,b: runs side by side, the first is the baseline.
import { Suspense } from 'react'
import { CompareView } from '@/components/compare/compare-view'

export const metadata = { title: 'Compare · DRhard Studio' }

export default function ComparePage() {
  return (
    <Suspense>
      <CompareView />
    </Suspense>
  )
}
