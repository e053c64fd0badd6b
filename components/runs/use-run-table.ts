// Pages of the table of runs as they come into view, read again when anything happens to a run; and what is selected.
'use client'
import { keepPreviousData, useQueries, useQuery, useQueryClient } from '@tanstack/react-query'
import { useMemo, useState } from 'react'
import type { RunPage, RunRow, RunsView } from '@/contract/run-table'
import { api, keys } from '@/components/api'
import { useRunChanges } from '@/components/use-run-events'
import { pageParams, pageSize } from './run-table-pages'

export interface RunTable {
  /** Items of the whole table; undefined until the first page is there. */
  total: number | undefined
  runs: number
  /** Runs of an item; undefined while its page is on its way. */
  itemAt: (index: number) => RunRow[] | undefined
  error: Error | null
  /** The rows are those of the question before. */
  isStale: boolean
  refetch: () => void
}

/** `visible`: indexes of the first and the last item on screen. */
export function useRunTable(view: RunsView, [first, last]: readonly [number, number]): RunTable {
  const size = pageSize(view)
  const client = useQueryClient()
  // Columns and tags change with what people do here, not with every event.
  useRunChanges(() => void client.invalidateQueries({ queryKey: keys.runTables }))
  const pages = [...new Set([Math.floor(first / size), Math.floor(last / size)])]
  const results = useQueries({
    queries: pages.map((page) => ({
      queryKey: keys.runTable(view, page),
      queryFn: ({ signal }: { signal: AbortSignal }) => api.runTable(pageParams(view, page), signal),
      placeholderData: keepPreviousData<RunPage>,
      staleTime: 30_000,
    })),
  })
  const known = results.find((result) => result.data)?.data
  return {
    total: known?.total,
    runs: known?.runs ?? 0,
    itemAt: (index) => {
      const at = pages.indexOf(Math.floor(index / size))
      const page = at >= 0 ? results[at].data : client.getQueryData<RunPage>(keys.runTable(view, Math.floor(index / size)))
      return page?.items[index % size]
    },
    error: results.find((result) => result.error)?.error ?? null,
    isStale: results.some((result) => result.isPlaceholderData),
    refetch: () => void Promise.all(results.map((result) => result.refetch())),
  }
}

export const useRunColumns = () => useQuery({ queryKey: keys.runColumns, queryFn: ({ signal }) => api.runColumns(signal), staleTime: 60_000 })

export interface Selection {
  /** Rows by id, in the order in which they were chosen. */
  rows: ReadonlyMap<string, RunRow>
  toggle: (runs: RunRow[]) => void
  clear: () => void
}

/** Rows stay chosen when they are scrolled or filtered out of sight. */
export function useSelection(): Selection {
  const [rows, setRows] = useState<ReadonlyMap<string, RunRow>>(new Map())
  return useMemo(
    () => ({
      rows,
      // All of them chosen: none is afterwards.
      toggle: (runs) =>
        setRows((held) => {
          const next = new Map(held)
          const off = runs.every((run) => held.has(run.id))
          for (const run of runs) {
            if (off) next.delete(run.id)
            else next.set(run.id, run)
          }
          return next
        }),
      clear: () => setRows(new Map()),
    }),
    [rows],
  )
}
