// The page of all runs: a table that the server filters, sorts and groups. Its state lives in the address, so a link shows the same table.
'use client'
import { useQuery } from '@tanstack/react-query'
import { Plus, Upload } from 'lucide-react'
import { useCallback, useMemo, useState } from 'react'
import { MEASURES } from '@/contract/measure'
import { isLive } from '@/contract/run'
import { api, keys } from '@/components/api'
import { useConnection } from '@/components/connection'
import { formatCount } from '@/components/format'
import { PageHeader } from '@/components/shell/page-header'
import { ReadState } from '@/components/shell/read-state'
import { useNow } from '@/components/shell/use-now'
import { Button, ButtonLink } from '@/components/ui/button'
import { EmptyState, Notice } from '@/components/ui/notice'
import { SkeletonRows } from '@/components/ui/skeleton'
import { WIDE_SCREEN, useMedia } from '@/components/ui/use-media'
import { useUrlState } from '@/components/use-url-state'
import { NoRuns } from './no-runs'
import { type TableColumn, allColumns, shownColumns } from './prepare-columns'
import { chosenEvaluation } from './prepare-runs'
import { RunCards } from './run-cards'
import { isNarrowed, readTableState } from './run-table-url'
import { RunsTable } from './runs-table'
import { RunsToolbar } from './runs-toolbar'
import { SelectionBar } from './selection-bar'
import { useBulkActions } from './use-bulk-actions'
import { useRunColumns, useRunTable, useSelection } from './use-run-table'
import { WorkerNotice } from './worker-notice'

const NO_COLUMNS = { config: [], measures: [...MEASURES] }

export function RunsView() {
  const url = useUrlState()
  const state = readTableState(url.get)
  const { view } = state
  const [visible, setVisible] = useState<readonly [number, number]>([0, 0])
  const onVisible = useCallback((first: number, last: number) => setVisible([first, last]), [])
  const table = useRunTable(view, visible)
  const known = useRunColumns().data
  const all = useMemo(() => allColumns(known ?? NO_COLUMNS), [known])
  const columns = useMemo(() => shownColumns(state.columns, all), [state.columns, all])
  const baseline = useQuery({ queryKey: keys.run(state.baseline ?? ''), queryFn: ({ signal }) => api.run(state.baseline!, signal), enabled: state.baseline !== null }).data
  const selection = useSelection()
  const actions = useBulkActions()
  const now = useNow(30_000)
  const stale = useConnection().state === 'lost'
  const wide = useMedia(WIDE_SCREEN)

  const context = { now, stale, baseline: baseline ? { id: baseline.id, measures: chosenEvaluation(baseline, view.at)?.measures ?? {} } : null }
  const sortBy = (column: TableColumn) => {
    const first = column.align === 'right' && column.kind !== 'config' ? 'desc' : 'asc'
    const order = view.sort !== column.id ? first : view.order === 'asc' ? 'desc' : 'asc'
    url.set({ sort: column.id, order })
  }
  const list = { table, view, context, selection, leaving: actions.leaving, onVisible }
  const first = table.itemAt(visible[0]) ?? []
  const nothingYet = table.total === 0 && !isNarrowed(view) && view.archived === 'no' && !table.isStale
  return (
    <>
      <PageHeader
        title="Runs"
        note={table.total === undefined || nothingYet ? undefined : countWords(table.total, table.runs, view.group === 'seeds')}
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
      {first.some((run) => isLive(run.state)) && <WorkerNotice />}
      {!nothingYet && <RunsToolbar state={state} all={all} shown={columns} known={known} baselineName={state.baseline === null ? null : (baseline?.name ?? '…')} onChange={url.set} />}
      {state.problem !== null && <Notice tone="warn" className="mb-3" title="A filter of this link could not be read">{state.problem}</Notice>}
      <ReadState data={table.total} error={table.error} what="The table of runs" onRetry={table.refetch} skeleton={<SkeletonRows rows={10} className="h-11" />}>
        {(total) =>
          nothingYet ? (
            <NoRuns />
          ) : total === 0 ? (
            <EmptyState
              title={view.archived === 'only' ? 'No archived run' : 'No run matches the filter'}
              actions={<Button onClick={() => url.set({ q: null, filter: null, archived: null })}>Show all runs</Button>}
            >
              {view.archived === 'only' ? 'Archived runs are kept out of the table, and out of nothing else.' : 'The text is looked for in name, method, data set, start run, state and tags.'}
            </EmptyState>
          ) : wide ? (
            <RunsTable {...list} columns={columns} pinned={state.pinned} onSort={sortBy} />
          ) : (
            <RunCards {...list} />
          )
        }
      </ReadState>
      <SelectionBar runs={[...selection.rows.values()]} archived={view.archived === 'only'} actions={actions} onBaseline={(id) => url.set({ base: id })} onClear={selection.clear} />
    </>
  )
}

function countWords(total: number, runs: number, grouped: boolean): string {
  const words = `${formatCount(runs)} run${runs === 1 ? '' : 's'}`
  return grouped ? `${words} in ${formatCount(total)} group${total === 1 ? '' : 's'}` : words
}
