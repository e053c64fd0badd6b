// The judged queries of a run, or of a pair of runs: search, sort by any measure or difference to find where it fails, open one to see its ranking.
'use client'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { ListOrdered } from 'lucide-react'
import { MEASURES, ruleOf } from '@/contract/measure'
import type { RunDetail } from '@/contract/run'
import { api, keys } from '@/components/api'
import { LineMark } from '@/components/charts/line-mark'
import { formatCount, formatMeasure } from '@/components/format'
import { judgedOn } from '@/components/runs/prepare-runs'
import { RunSelect } from '@/components/runs/run-select'
import { PageHeader } from '@/components/shell/page-header'
import { ReadState } from '@/components/shell/read-state'
import { ButtonLink } from '@/components/ui/button'
import { Select } from '@/components/ui/field'
import { EmptyState } from '@/components/ui/notice'
import { Skeleton, SkeletonRows } from '@/components/ui/skeleton'
import { useRun } from '@/components/use-run-events'
import { useUrlState } from '@/components/use-url-state'
import { CheckpointSelect } from './checkpoint-select'
import { QueryTableView } from './query-table'
import { RankMovement } from './rank-movement'
import { RunBoundsView } from './run-bounds'
import { useCheckpoint } from './use-checkpoint'

export function QueriesView({ runId }: { runId: string }) {
  const { run, error, retry } = useRun(runId)
  const { checkpoint, setCheckpoint } = useCheckpoint(run)
  return (
    <ReadState data={run} error={error} what="The run" onRetry={retry} skeleton={<QueriesSkeleton />}>
      {(data) => {
        const evaluation = data.evaluations.find((candidate) => candidate.checkpointStep === checkpoint)
        return (
          <>
            <PageHeader
              windowTitle={`Queries of ${data.name}`}
              title="Queries"
              crumbs={[{ href: '/runs', label: 'Runs' }, { href: `/runs/${data.id}`, label: data.name }]}
              note={
                evaluation && (
                  <span className="tabular inline-flex flex-wrap items-center gap-x-3">
                    <LineMark colorIndex={data.colorIndex} />
                    {data.datasetName}, {evaluation.split}, n {formatCount(evaluation.n)}
                    {MEASURES.map((measure) => evaluation.measures[measure] !== undefined && <span key={measure}>{`${measure} ${formatMeasure(evaluation.measures[measure])}`}</span>)}
                  </span>
                )
              }
              actions={checkpoint !== null && <CheckpointSelect run={data} value={checkpoint} onChange={setCheckpoint} />}
            />
            {checkpoint === null ? (
              <EmptyState icon={<ListOrdered />} title="No checkpoint is judged yet" actions={<ButtonLink href={`/runs/${data.id}`}>Watch the run</ButtonLink>}>
                Queries appear here with the first evaluation.
              </EmptyState>
            ) : (
              <>
                <RunBoundsView run={data} checkpoint={checkpoint} />
                <RankMovement run={data} />
                <QueryList run={data} checkpoint={checkpoint} />
              </>
            )}
          </>
        )
      }}
    </ReadState>
  )
}

function QueryList({ run, checkpoint }: { run: RunDetail; checkpoint: number }) {
  const url = useUrlState()
  const against = url.get('against')
  const table = useQuery({ queryKey: keys.queryTable(run.id, checkpoint, against), queryFn: ({ signal }) => api.queryTable(run.id, { checkpoint, against }, signal), placeholderData: keepPreviousData, staleTime: 60_000 })
  const chosen = table.data?.against?.runId === against ? table.data?.against : null
  const measures = Object.keys(table.data?.values ?? {})
  const measure = measures.includes(url.get('measure') ?? '') ? url.get('measure')! : 'MRR@10'
  return (
    <>
      <div className="mb-3 flex flex-wrap items-center gap-2">
        <label className="flex items-center gap-2 text-sm text-ink-2">
          Compared with
          <RunSelect
            value={against ?? ''}
            label={against === null ? 'no other run' : (chosen?.runName ?? '…')}
            colorIndex={chosen?.colorIndex}
            filter={judgedOn(run.datasetId)}
            exclude={run.id}
            groups={against === null ? [] : [{ options: [{ value: '', label: 'no other run' }] }]}
            onChange={(next) => url.set({ against: next || null, sort: next ? 'difference' : null, order: null })}
            className="w-52"
          />
        </label>
        <label className="flex items-center gap-2 text-sm text-ink-2">
          {against ? 'by' : 'Further measure'}
          <Select value={measure} onChange={(e) => url.set({ measure: e.target.value === 'MRR@10' ? null : e.target.value })} className="w-auto" title={ruleOf(measure)}>
            {(measures.length > 0 ? measures : ['MRR@10']).map((each) => (
              <option key={each} value={each}>
                {each}
              </option>
            ))}
          </Select>
        </label>
      </div>
      <ReadState data={table.data} error={table.error} what="The list of queries" onRetry={() => void table.refetch()} skeleton={<SkeletonRows rows={12} />}>
        {(data) => <QueryTableView run={run} table={data} measure={measure} stale={table.isPlaceholderData} />}
      </ReadState>
    </>
  )
}

function QueriesSkeleton() {
  return (
    <>
      <Skeleton className="mb-2 h-7 w-48" />
      <Skeleton className="mb-4 h-5 w-80 max-w-full" />
      <SkeletonRows rows={12} />
    </>
  )
}
