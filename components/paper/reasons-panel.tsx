// Why a run's numbers may differ from the paper's, the likeliest first.
'use client'
import type { DatasetSummary } from '@/contract/dataset'
import type { PaperCollection } from '@/contract/paper'
import type { RunSummary } from '@/contract/run'
import { useAncestries } from '@/components/runs/use-ancestries'
import { Panel } from '@/components/ui/panel'
import { SkeletonRows } from '@/components/ui/skeleton'
import { prepareReasons, type Reason } from './prepare-paper'

const LIKELY: Record<Reason['weight'], string> = { 4: 'decides it', 3: 'matters much', 2: 'matters', 1: 'matters little' }

export function ReasonsPanel({ title, run, dataset, collection }: { title: string; run: RunSummary; dataset: DatasetSummary; collection: PaperCollection }) {
  const { ancestries } = useAncestries([run.id])
  const ancestry = ancestries.get(run.id)
  return (
    <Panel title={`Why ${run.name} may differ`} note={`from the paper’s ${title}, likeliest first`} bodyClassName="px-0 pb-0">
      {ancestry ? (
        <Reasons reasons={prepareReasons(dataset, collection, run, ancestry)} />
      ) : (
        <div className="px-4 pb-4">
          <SkeletonRows rows={5} className="h-6" />
        </div>
      )}
    </Panel>
  )
}

function Reasons({ reasons }: { reasons: Reason[] }) {
  if (reasons.length === 0) return <p className="border-t border-line px-4 py-3 text-sm text-ink-2">Data and settings are those of the paper, as far as they are known here; what is left is chance (the seed) and the arithmetic.</p>
  return (
    <ol>
      {reasons.map(({ text, weight }) => (
        <li key={text} className="flex items-baseline gap-3 border-t border-line px-4 py-1.5 text-sm">
          <span className="min-w-0 flex-1 text-pretty">{text}</span>
          <span className="shrink-0 text-xs text-ink-3">{LIKELY[weight]}</span>
        </li>
      ))}
    </ol>
  )
}
