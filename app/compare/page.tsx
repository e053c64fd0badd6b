// /compare?runs=a,b: runs side by side, the first is the baseline.
import { addresses } from '@/components/api'
import { CompareView } from '@/components/compare/compare-view'
import { comparedIds, METRIC } from '@/components/compare/prepare-address'
import { preloadAnswers } from '@/components/preload'
import { oneOf, type SearchParams } from '@/app/search-params'

export const metadata = { title: 'Compare · DRhard Studio' }

export default async function ComparePage({ searchParams }: { searchParams: SearchParams }) {
  const ids = comparedIds(oneOf(await searchParams, 'runs'))
  if (ids.length > 0) preloadAnswers([addresses.runDetails(ids), addresses.curves(ids, METRIC)])
  return <CompareView />
}
