// The models that runs have trained: what each goes back to, how good its best checkpoint is, and the ways to try and to take it. Below the imported ones.
'use client'
import { Search } from 'lucide-react'
import Link from 'next/link'
import { isUntrainedMethod, METHOD_TITLES, type RunSummary } from '@/contract/run'
import { LineMark } from '@/components/charts/line-mark'
import { formatCount, formatMeasure } from '@/components/format'
import { chosenEvaluation } from '@/components/runs/prepare-runs'
import { ReadState } from '@/components/shell/read-state'
import { ButtonLink } from '@/components/ui/button'
import { CopyButton } from '@/components/ui/copy-button'
import { Panel } from '@/components/ui/panel'
import { SkeletonRows } from '@/components/ui/skeleton'
import { useRuns } from '@/components/use-run-events'

export function TrainedModels() {
  const runs = useRuns()
  return (
    <ReadState data={runs.data} error={runs.error} what="The trained models" onRetry={() => void runs.refetch()} skeleton={<SkeletonRows rows={2} className="mt-4 h-14" />}>
      {(all) => {
        const trained = all.filter((run) => !isUntrainedMethod(run.method) && chosenEvaluation(run, 'best'))
        if (trained.length === 0) return null
        return (
          <Panel className="mt-4" title="Trained here" note="each run’s best checkpoint by MRR@10 on dev" bodyClassName="px-0 pb-0">
            <ul>
              {trained.map((run) => (
                <TrainedModel key={run.id} run={run} lineage={lineageOf(run, all)} />
              ))}
            </ul>
          </Panel>
        )
      }}
    </ReadState>
  )
}

/** The runs that a run goes back to, nearest first. */
function lineageOf(run: RunSummary, all: RunSummary[]): RunSummary[] {
  const before: RunSummary[] = []
  for (let at = all.find((each) => each.id === run.startRunId); at && !before.includes(at); at = all.find((each) => each.id === at!.startRunId)) before.push(at)
  return before
}

function TrainedModel({ run, lineage }: { run: RunSummary; lineage: RunSummary[] }) {
  const best = chosenEvaluation(run, 'best')!
  const command = `./drhard model export ${run.name} --checkpoint ${best.checkpointStep}`
  return (
    <li className="flex flex-wrap items-center gap-x-4 gap-y-2 border-t border-line px-4 py-2.5" data-trained={run.name}>
      <div className="min-w-0 flex-1 basis-64">
        <p className="flex items-center gap-2 text-base font-medium">
          <LineMark colorIndex={run.colorIndex} />
          <Link href={`/runs/${run.id}`} className="truncate hover:underline">
            {run.name}
          </Link>
        </p>
        <p className="text-xs text-ink-3">
          {METHOD_TITLES[run.method]} on {run.datasetName}
          {lineage.map((each) => (
            <span key={each.id}>
              {' ← '}
              <Link href={`/runs/${each.id}`} className="underline decoration-line-strong underline-offset-2 hover:decoration-current">
                {each.name}
              </Link>
            </span>
          ))}
        </p>
      </div>
      <p className="tabular text-sm text-ink-2">
        MRR@10 <b className="font-semibold text-ink">{best.measures['MRR@10'] === undefined ? '–' : formatMeasure(best.measures['MRR@10'])}</b> <span className="text-xs text-ink-3">{`step ${formatCount(best.checkpointStep)}, ${best.split}, n ${formatCount(best.n)}`}</span>
      </p>
      <span className="flex items-center gap-1">
        <ButtonLink size="sm" href={`/runs/${run.id}/try?checkpoint=${best.checkpointStep}`}>
          <Search /> Try
        </ButtonLink>
        <CopyButton text={command} label={`Copy the command that exports ${run.name} for Hugging Face`} />
      </span>
    </li>
  )
}
