// The models that runs have trained: what each started from, how good its best checkpoint is, and the ways to try and to take it. Below the imported ones.
'use client'
import { keepPreviousData, useQuery, useQueryClient } from '@tanstack/react-query'
import { Search } from 'lucide-react'
import { PageLink } from '@/components/ui/page-link'
import { useState } from 'react'
import { type EvaluationSummary, isUntrainedMethod, type Method, METHOD_TITLES } from '@/contract/run'
import { formatFilters, type RunRow } from '@/contract/run-table'
import { api, keys } from '@/components/api'
import { LineMark } from '@/components/charts/line-mark'
import { formatCount, formatMeasure } from '@/components/format'
import { ReadState } from '@/components/shell/read-state'
import { ButtonLink } from '@/components/ui/button'
import { CopyButton } from '@/components/ui/copy-button'
import { Pager } from '@/components/ui/pager'
import { Panel } from '@/components/ui/panel'
import { SkeletonRows } from '@/components/ui/skeleton'
import { useRunChanges } from '@/components/use-run-events'

const LISTED = 50

/** Runs that trained something that was judged. */
const TRAINED = formatFilters([{ column: 'step', op: '>', value: '0' }, ...(Object.keys(METHOD_TITLES) as Method[]).filter(isUntrainedMethod).map((method) => ({ column: 'method', op: '!=' as const, value: method }))])

export function TrainedModels() {
  const client = useQueryClient()
  const [offset, setOffset] = useState(0)
  useRunChanges(() => void client.invalidateQueries({ queryKey: keys.runTables }))
  const params = { filter: TRAINED, at: 'best', offset, limit: LISTED }
  const page = useQuery({ queryKey: keys.runTable(params, 0), queryFn: ({ signal }) => api.runTable(params, signal), placeholderData: keepPreviousData })
  return (
    <ReadState data={page.data} error={page.error} what="The trained models" onRetry={() => void page.refetch()} skeleton={<SkeletonRows rows={2} className="mt-4 h-14" />}>
      {({ items, total }) =>
        total > 0 && (
          <Panel className="mt-4" title="Trained here" note="each run’s best checkpoint by MRR@10 on dev" bodyClassName="px-0 pb-0">
            <ul aria-busy={page.isPlaceholderData}>
              {items.flat().map((run) => run.evaluation && <TrainedModel key={run.id} run={run} best={run.evaluation} />)}
            </ul>
            {total > LISTED && (
              <div className="border-t border-line px-4 py-2">
                <Pager offset={offset} limit={LISTED} total={total} onChange={setOffset} />
              </div>
            )}
          </Panel>
        )
      }
    </ReadState>
  )
}

function TrainedModel({ run, best }: { run: RunRow; best: EvaluationSummary }) {
  const command = `./drhard model export ${run.name} --checkpoint ${best.checkpointStep}`
  return (
    <li className="flex flex-wrap items-center gap-x-4 gap-y-2 border-t border-line px-4 py-2.5" data-trained={run.name}>
      <div className="min-w-0 flex-1 basis-64">
        <p className="flex items-center gap-2 text-base font-medium">
          <LineMark colorIndex={run.colorIndex} />
          <PageLink href={`/runs/${run.id}`} className="truncate hover:underline">
            {run.name}
          </PageLink>
        </p>
        <p className="text-xs text-ink-3">
          {METHOD_TITLES[run.method]} on {run.datasetName}
          {run.startRunId && (
            <>
              {' ← '}
              <PageLink href={`/runs/${run.startRunId}`} className="underline decoration-line-strong underline-offset-2 hover:decoration-current">
                {run.startRunName}
              </PageLink>
            </>
          )}
          {run.startModelName && ` ← ${run.startModelName}`}
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
