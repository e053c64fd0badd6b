// /runs/<id>/queries: the judged queries of a run.
import { QueriesView } from '@/components/queries/queries-view'

export default async function QueriesPage({ params }: { params: Promise<{ runId: string }> }) {
  const { runId } = await params
  return <QueriesView key={runId} runId={runId} />
}
