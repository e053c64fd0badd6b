// One run: what happened first when it failed, then curves and steps side by side, then log, settings and files.
'use client'
import { ListOrdered, Search, TriangleAlert } from 'lucide-react'
import { PageLink } from '@/components/ui/page-link'
import { useRef } from 'react'
import type { RunEvent } from '@/contract/event'
import { METHOD_TITLES, type RunDetail, isLive, isTrained } from '@/contract/run'
import { LineMark } from '@/components/charts/line-mark'
import { useConnection } from '@/components/connection'
import { formatAgo, formatCount, formatDateTime, formatDuration } from '@/components/format'
import { PageHeader } from '@/components/shell/page-header'
import { ReadState } from '@/components/shell/read-state'
import { useNow } from '@/components/shell/use-now'
import { ButtonLink } from '@/components/ui/button'
import { Notice } from '@/components/ui/notice'
import { Skeleton } from '@/components/ui/skeleton'
import { useRunCurves } from '@/components/use-run-events'
import { FailureNotice } from './failure-notice'
import { PrioritySelect } from './priority-select'
import { RunActions } from './run-actions'
import { RunCharts } from './run-charts'
import { RunCheckpoints } from './run-checkpoints'
import { RunConfigTable } from './run-config-table'
import { RunFiles } from './run-files'
import { RunLineage } from './run-lineage'
import { RunLog } from './run-log'
import { RunMeasures } from './run-measures'
import { RunNotes } from './run-notes'
import { RunProgress } from './run-progress'
import { RunResources } from './run-resources'
import { RunStateBadge } from './run-state-badge'
import { RunTimeline } from './run-timeline'
import { WorkerNotice } from './worker-notice'

export function RunView({ runId }: { runId: string }) {
  const onLog = useRef<(lines: RunEvent[]) => void>(() => {})
  const { run, metrics, error, metricsError, retry } = useRunCurves(runId, (lines) => onLog.current(lines))
  return (
    <ReadState data={run} error={error} what="The run" onRetry={retry} skeleton={<RunSkeleton />}>
      {(data) => (
        <>
          <RunHeader run={data} />
          {data.state === 'failed' && <FailureNotice run={data} />}
          {isLive(data.state) && <WorkerNotice />}
          {data.config.method === 'external' && data.config.notes.length > 0 && (
            <Notice tone="warn" className="mb-4" title="Noticed while reading the run file">
              {data.config.notes.join('. ')}
            </Notice>
          )}
          {/* Two columns on wide screens; on small ones a single column in the order that the children's order classes give. */}
          <div className="flex flex-col gap-4 xl:grid xl:grid-cols-[minmax(0,1fr)_25rem] xl:items-start 2xl:grid-cols-[minmax(0,1fr)_29rem]">
            <div className="contents xl:flex xl:min-w-0 xl:flex-col xl:gap-4">
              <RunCharts run={data} metrics={metrics} error={metricsError} />
              <RunCheckpoints run={data} metrics={metrics} className="order-2" />
              <RunMeasures run={data} className="order-2" />
              <RunLog run={data} listener={onLog} className="order-3" />
              <RunLineage run={data} className="order-5" />
              <RunFiles run={data} className="order-5" />
            </div>
            <div className="contents xl:flex xl:min-w-0 xl:flex-col xl:gap-4">
              <RunTimeline run={data} className="order-2" />
              <RunNotes runId={data.id} className="order-2" />
              <RunResources run={data} className="order-4" />
              <RunConfigTable run={data} className="order-4" />
            </div>
          </div>
        </>
      )}
    </ReadState>
  )
}

function RunHeader({ run }: { run: RunDetail }) {
  const stale = useConnection().state === 'lost'
  const live = isLive(run.state)
  return (
    <>
      <PageHeader
        windowTitle={run.name}
        crumbs={[{ href: '/runs', label: 'Runs' }]}
        title={
          <span className="flex flex-wrap items-center gap-x-3 gap-y-1">
            <LineMark colorIndex={run.colorIndex} />
            <span className="min-w-0 break-words">{run.name}</span>
            <RunStateBadge state={run.state} stale={stale} />
          </span>
        }
        note={<RunFacts run={run} />}
        actions={
          <>
            {run.evaluations.length > 0 && (
              <ButtonLink href={`/runs/${run.id}/queries`}>
                <ListOrdered /> Queries
              </ButtonLink>
            )}
            {isTrained(run.config) && run.evaluations.length > 0 && (
              <ButtonLink href={`/runs/${run.id}/try`}>
                <Search /> Try
              </ButtonLink>
            )}
            {hasNegatives(run) && (
              <ButtonLink href={`/runs/${run.id}/negatives`}>
                <TriangleAlert /> Negatives
              </ButtonLink>
            )}
            {live && <PrioritySelect run={run} />}
            <RunActions run={run} />
          </>
        }
      />
      {live && <RunProgress run={run} className="-mt-1 mb-4" />}
    </>
  )
}

/** Whether its static negatives are there: mined by it, or taken over. */
function hasNegatives({ config, steps }: RunDetail): boolean {
  if (config.method !== 'star' && config.method !== 'bm25-negatives') return false
  const kind = 'negativesFrom' in config && config.negativesFrom !== undefined ? 'take' : 'mine'
  return steps.every((step) => step.kind !== kind || step.state === 'succeeded')
}

function RunFacts({ run }: { run: RunDetail }) {
  const live = isLive(run.state)
  // While nobody knows how the run fares, its clock stands still.
  const lost = useConnection().state === 'lost'
  const now = useNow(lost ? null : live ? 1000 : 60_000)
  const took = run.startedAt ? ((run.finishedAt ? Date.parse(run.finishedAt) : now.getTime()) - Date.parse(run.startedAt)) / 1000 : null
  return (
    <ul className="tabular flex flex-wrap gap-x-4 gap-y-0.5">
      <li>{METHOD_TITLES[run.method]}</li>
      <li>
        on <span className="text-ink">{run.datasetName}</span>
        {run.datasetCounts && <span className="text-ink-3"> ({formatCount(run.datasetCounts.docs)} documents)</span>}
      </li>
      {run.startRunId && (
        <li>
          from{' '}
          <PageLink href={`/runs/${run.startRunId}`} className="text-ink underline decoration-line-strong underline-offset-2 hover:decoration-current">
            {run.startRunName}
          </PageLink>
        </li>
      )}
      {run.startModelName && (
        <li>
          from model{' '}
          <PageLink href="/models" className="text-ink underline decoration-line-strong underline-offset-2 hover:decoration-current">
            {run.startModelName}
          </PageLink>
        </li>
      )}
      {run.teacherName && (
        <li>
          taught by{' '}
          <PageLink href={run.teacherRunId ? `/runs/${run.teacherRunId}` : '/models'} className="text-ink underline decoration-line-strong underline-offset-2 hover:decoration-current">
            {run.teacherName}
          </PageLink>
        </li>
      )}
      {run.config.method === 'external' && <li>{run.config.rankingFrom ? `ranking of ${run.config.rankingFrom}` : `uploaded as ${run.config.fileName}`}</li>}
      {run.config.method === 'fusion' && (
        <li>
          {run.config.fusion === 'rrf' ? 'reciprocal ranks' : `${run.config.fusion}, ${run.config.normalisation}`} of {run.config.sources.map((source) => source.runName).join(', ')}
        </li>
      )}
      <li title={formatDateTime(new Date(run.createdAt))}>created {formatAgo(new Date(run.createdAt), now)}</li>
      {took !== null && (
        <li>
          {live ? 'running for' : 'took'} {formatDuration(Math.max(0, took))}
        </li>
      )}
    </ul>
  )
}

function RunSkeleton() {
  return (
    <div role="status">
      <span className="sr-only">Loading the run</span>
      <Skeleton className="h-5 w-16" />
      <Skeleton className="mt-2 h-7 w-64" />
      <Skeleton className="mt-2 mb-5 h-5 w-96 max-w-full" />
      <div className="grid gap-4 xl:grid-cols-[minmax(0,1fr)_25rem] 2xl:grid-cols-[minmax(0,1fr)_29rem]">
        <div className="grid gap-4 lg:grid-cols-3">
          {[0, 1, 2].map((i) => (
            <Skeleton key={i} className="h-80 rounded-lg" />
          ))}
          <Skeleton className="h-80 rounded-lg lg:col-span-3" />
        </div>
        <Skeleton className="h-80 rounded-lg xl:h-auto" />
      </div>
    </div>
  )
}
