// The list of runs: filter, sort, watch live ones, choose some to compare. State lives in the address, so a link shows the same list.
'use client'
import { Plus, Upload } from 'lucide-react'
import { useState } from 'react'
import { MEASURES } from '@/contract/measure'
import { type RunSummary, isLive } from '@/contract/run'
import { PageHeader } from '@/components/shell/page-header'
import { ReadState } from '@/components/shell/read-state'
import { Button, ButtonLink } from '@/components/ui/button'
import { EmptyState } from '@/components/ui/notice'
import { SkeletonRows } from '@/components/ui/skeleton'
import { useRuns } from '@/components/use-run-events'
import { useUrlState } from '@/components/use-url-state'
import { NoRuns } from './no-runs'
import { type Checkpoint, type Order, SORT_KEYS, type SortKey, filterRuns, sortRuns } from './prepare-runs'
import { RunsFilterBar } from './runs-filter-bar'
import { RunsTable } from './runs-table'
import { SelectionBar } from './selection-bar'
import { WorkerNotice } from './worker-notice'

export function RunsView() {
  const runs = useRuns()
  return (
    <>
      <PageHeader
        title="Runs"
        actions={
          <>
            <ButtonLink href="/runs/upload">
              <Upload /> Upload
            </ButtonLink>
            <ButtonLink href="/runs/new" variant="primary">
              <Plus /> New run
            </ButtonLink>
          </>
        }
      />
      <ReadState data={runs.data} error={runs.error} what="The list of runs" onRetry={() => void runs.refetch()} skeleton={<SkeletonRows rows={8} className="h-11" />}>
        {(all) => (all.length === 0 ? <NoRuns /> : <RunsList all={all} />)}
      </ReadState>
    </>
  )
}

function RunsList({ all }: { all: RunSummary[] }) {
  const url = useUrlState()
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set())

  const sort = SORT_KEYS.find((key) => key === url.get('sort')) ?? 'created'
  const order: Order = url.get('order') === 'asc' ? 'asc' : 'desc'
  const which: Checkpoint = url.get('at') === 'last' ? 'last' : 'best'
  const filter = { q: url.get('q') ?? '', method: url.get('method'), state: url.get('state') }
  const shown = sortRuns(filterRuns(all, filter), sort, order, which)

  const toggle = (id: string) => {
    const next = new Set(selected)
    if (!next.delete(id)) next.add(id)
    setSelected(next)
  }
  const sortBy = (key: SortKey) => {
    const first: Order = key === 'created' || MEASURES.some((measure) => measure === key) ? 'desc' : 'asc'
    url.set({ sort: key, order: key !== sort ? first : order === 'asc' ? 'desc' : 'asc' })
  }
  const clear = () => url.set({ q: null, method: null, state: null })

  return (
    <>
      {all.some((run) => isLive(run.state)) && <WorkerNotice />}
      <RunsFilterBar filter={filter} which={which} onChange={url.set} onClear={clear} />
      {shown.length === 0 ? (
        <EmptyState title="No run matches the filter" actions={<Button onClick={clear}>Show all {all.length} runs</Button>}>
          The text is looked for in name, method, data set, start run and state.
        </EmptyState>
      ) : (
        <RunsTable runs={shown} which={which} sort={sort} order={order} onSort={sortBy} selected={selected} onToggle={toggle} />
      )}
      <SelectionBar ids={all.filter((run) => selected.has(run.id)).map((run) => run.id)} onClear={() => setSelected(new Set())} />
    </>
  )
}
