// /runs/sweep: launches one run varied over its fields; ?from=<run> varies that run.
import { SweepView } from '@/components/sweeps/sweep-view'

type Search = Promise<Record<string, string | string[] | undefined>>

export const metadata = { title: 'Sweep · DRhard Studio' }

export default async function SweepPage({ searchParams }: { searchParams: Search }) {
  const { from } = await searchParams
  return <SweepView from={typeof from === 'string' ? from : null} />
}
