// /runs/<id>/queries/<row>?checkpoint=: one query's ranking.
import { notFound } from 'next/navigation'
import { addresses } from '@/components/api'
import { preloadAnswers } from '@/components/preload'
import { QueryView } from '@/components/queries/query-view'

// No <Suspense> in pages that are not prerendered: React holds back what follows a fallback for 300 ms, which a click then waits.
export default async function QueryPage({ params }: { params: Promise<{ runId: string; row: string }> }) {
  const { runId, row } = await params
  if (!/^\d{1,9}$/.test(row)) notFound()
  preloadAnswers([addresses.run(runId)])
  return <QueryView runId={runId} row={Number(row)} />
}
