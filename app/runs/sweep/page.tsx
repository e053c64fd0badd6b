// /runs/sweep: launches one run varied over its fields; ?from=<run> varies that run.
import { SweepView } from '@/components/sweeps/sweep-view'
import { oneOf, type SearchParams } from '@/app/search-params'

export const metadata = { title: 'Sweep · DRhard Studio' }

export default async function SweepPage({ searchParams }: { searchParams: SearchParams }) {
  return <SweepView from={oneOf(await searchParams, 'from')} />
}
