// The table's state as a link carries it: what is asked of the server, which columns are shown, pinned, and what values are compared with.
import { type RunFilter, RunColumn, type RunsAt, type RunsView, formatFilters, parseFilters } from '@/contract/run-table'
import { DEFAULT_PINNED } from './prepare-columns'

export interface TableState {
  view: RunsView
  /** As the link has them; null: those by default. */
  columns: string | null
  pinned: string[]
  /** Id of the run whose values are subtracted; null: none. */
  baseline: string | null
  /** What in the link could not be read; the rest is shown. */
  problem: string | null
}

export function readTableState(get: (name: string) => string | null): TableState {
  const sort = RunColumn.safeParse(get('sort') ?? 'created')
  let filters: RunFilter[] = []
  let problem: string | null = null
  try {
    filters = parseFilters(get('filter') ?? '')
  } catch (error) {
    problem = (error as Error).message
  }
  return {
    view: {
      q: get('q') ?? '',
      filters,
      sort: sort.success ? sort.data : 'created',
      order: get('order') === 'asc' ? 'asc' : 'desc',
      at: readAt(get('at')),
      group: get('group') === 'seeds' ? 'seeds' : 'none',
      archived: get('archived') === 'only' ? 'only' : 'no',
    },
    columns: get('cols'),
    pinned: get('pin')?.split(';') ?? DEFAULT_PINNED,
    baseline: get('base'),
    problem,
  }
}

function readAt(text: string | null): RunsAt {
  if (text === 'last') return 'last'
  return text !== null && /^\d{1,9}$/.test(text) ? Number(text) : 'best'
}

/** Parameters of GET /api/runs/table. */
export function viewParams({ q, filters, sort, order, at, group, archived }: RunsView): Record<string, string> {
  return { q, filter: formatFilters(filters), sort, order, at: String(at), group, archived }
}

/** What the link says of the filters after one of a column with `=` is set, replaced or, with an empty value, removed. */
export function withEquals(filters: RunFilter[], column: string, value: string): string | null {
  const others = filters.filter((filter) => filter.column !== column || filter.op !== '=')
  return formatFilters(value === '' ? others : [...others, { column, op: '=', value }]) || null
}

/** Whether anything narrows the table down. */
export const isNarrowed = ({ q, filters }: RunsView) => q.trim() !== '' || filters.length > 0
