// /runs/<id>: one run.
import { addresses } from '@/components/api'
import { preloadAnswers } from '@/components/preload'
import { RunView } from '@/components/runs/run-view'

export default async function RunPage({ params }: { params: Promise<{ runId: string }> }) {
  const { runId } = await params
  preloadAnswers([addresses.run(runId), addresses.metrics(runId)])
  return <RunView key={runId} runId={runId} />
}
