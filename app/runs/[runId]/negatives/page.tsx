// /runs/:id/negatives: mined negatives that may well be relevant.
import { NegativesView } from '@/components/queries/negatives-view'

export default async function NegativesPage({ params }: { params: Promise<{ runId: string }> }) {
  return <NegativesView runId={(await params).runId} />
}
