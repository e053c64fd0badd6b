// The checkpoint that a query view shows: the address's, else the best one.
'use client'
import type { RunDetail } from '@/contract/run'
import { chosenEvaluation } from '@/components/runs/prepare-runs'
import { useUrlState } from '@/components/use-url-state'

export function useCheckpoint(run: RunDetail | undefined): { checkpoint: number | null; setCheckpoint: (step: number) => void } {
  const url = useUrlState()
  const asked = url.get('checkpoint')
  const known = run?.evaluations.find((evaluation) => String(evaluation.checkpointStep) === asked)
  const fallback = run && (chosenEvaluation(run, 'best') ?? run.evaluations.at(-1))
  return { checkpoint: (known ?? fallback)?.checkpointStep ?? null, setCheckpoint: (step) => url.set({ checkpoint: String(step), offset: null }) }
}
