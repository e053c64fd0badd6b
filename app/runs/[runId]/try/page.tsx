// /runs/<id>/try: a query of one's own against a checkpoint.
import { TryView } from '@/components/models/try-view'

export default async function TryPage({ params }: { params: Promise<{ runId: string }> }) {
  const { runId } = await params
  return <TryView key={runId} runId={runId} />
}
