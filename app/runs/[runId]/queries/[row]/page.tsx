// /runs/<id>/queries/<row>?checkpoint=: one query's ranking.
import { notFound } from 'next/navigation'
import { Suspense } from 'react'
import { QueryView } from '@/components/queries/query-view'

export default async function QueryPage({ params }: { params: Promise<{ runId: string; row: string }> }) {
  const { runId, row } = await params
  if (!/^\d{1,9}$/.test(row)) notFound()
  return (
    <Suspense>
      <QueryView runId={runId} row={Number(row)} />
    </Suspense>
  )
}
