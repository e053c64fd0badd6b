// Decides the columns of the table of runs: which there are, what they are called, how wide they are, which are shown and pinned.
import type { Fact, RunColumns } from '@/contract/run-table'
import { MEASURES } from '@/contract/measure'
import { CONFIG_FIELDS } from './config-fields'

export interface TableColumn {
  /** As the server sorts and filters by it. */
  id: string
  label: string
  kind: 'fact' | 'measure' | 'config'
  width: number
  align: 'left' | 'right'
}

const FACT_COLUMNS: Record<Fact, Omit<TableColumn, 'id' | 'kind'>> = {
  name: { label: 'Name', width: 190, align: 'left' },
  state: { label: 'State', width: 138, align: 'left' },
  method: { label: 'Method', width: 132, align: 'left' },
  dataset: { label: 'Data set', width: 96, align: 'left' },
  start: { label: 'Starts from', width: 132, align: 'left' },
  startmethod: { label: 'Method of the start', width: 164, align: 'left' },
  tag: { label: 'Tags', width: 140, align: 'left' },
  step: { label: 'Judged on', width: 150, align: 'left' },
  duration: { label: 'Duration', width: 104, align: 'right' },
  created: { label: 'Created', width: 96, align: 'right' },
}

/** Facts stand left and right of the measures and settings. */
const LEADING: Fact[] = ['name', 'state', 'method', 'dataset', 'start', 'startmethod', 'tag']
const TRAILING: Fact[] = ['step', 'duration', 'created']
export const DEFAULT_COLUMNS = ['name', 'state', 'method', 'dataset', ...MEASURES.map((measure) => `measure.${measure}`), 'step', 'created']
export const DEFAULT_PINNED = ['name']

const factColumn = (id: Fact): TableColumn => ({ id, kind: 'fact', ...FACT_COLUMNS[id] })

function measureColumn(id: string): TableColumn {
  const label = id.slice('measure.'.length)
  return { id, label, kind: 'measure', width: Math.max(88, 52 + label.length * 8), align: 'right' }
}

/** Room for the sort arrow, the padding and a character's average width. */
function configColumn(id: string): TableColumn {
  const path = id.slice('config.'.length)
  const field = CONFIG_FIELDS.find((candidate) => candidate.path === path)
  const label = field?.label ?? path
  return { id, label, kind: 'config', width: Math.min(220, Math.max(96, 40 + label.length * 7)), align: field?.kind === 'choice' || !field ? 'left' : 'right' }
}

/** What the facts already tell, and ids that nobody reads. */
const HIDDEN_PATHS = /^(method|datasetId|start\.|rankingKey|fileName)/

/** All columns in their order; the charted measures come first, settings in the order of the form. */
export function allColumns({ config, measures }: Pick<RunColumns, 'config' | 'measures'>): TableColumn[] {
  const known = CONFIG_FIELDS.map((field) => field.path)
  const place = (path: string) => (known.includes(path) ? known.indexOf(path) : known.length)
  const charted: string[] = MEASURES
  return [
    ...LEADING.map(factColumn),
    ...[...charted, ...measures.filter((name) => !charted.includes(name)).sort(compareNatural)].map((name) => measureColumn(`measure.${name}`)),
    ...config.filter((path) => !HIDDEN_PATHS.test(path)).sort((a, b) => place(a) - place(b) || (a < b ? -1 : 1)).map((path) => configColumn(`config.${path}`)),
    ...TRAILING.map(factColumn),
  ]
}

const natural = new Intl.Collator('en', { numeric: true })
const compareNatural = (a: string, b: string) => natural.compare(a, b)

/** The columns that a link names (ids joined by `;`, with measure.* and config.* for all of a kind), in the order of all; those by default where it names none. Name is always there. */
export function shownColumns(text: string | null, all: TableColumn[]): TableColumn[] {
  const wanted = new Set(text ? text.split(';') : DEFAULT_COLUMNS)
  return all.filter(({ id, kind }) => id === 'name' || wanted.has(id) || wanted.has(`${kind}.*`))
}

/** The text that a link carries for these columns; null for those by default. */
export function columnsText(ids: string[], all: TableColumn[]): string | null {
  if (ids.length === DEFAULT_COLUMNS.length && DEFAULT_COLUMNS.every((id) => ids.includes(id))) return null
  const parts: string[] = []
  for (const kind of ['fact', 'measure', 'config'] as const) {
    const own = all.filter((column) => column.kind === kind)
    const chosen = own.filter((column) => ids.includes(column.id))
    parts.push(...(kind !== 'fact' && own.length > 3 && chosen.length === own.length ? [`${kind}.*`] : chosen.map((column) => column.id)))
  }
  return parts.join(';')
}

/** Pinned columns first, each part in its order. */
export function pinnedFirst(columns: TableColumn[], pinned: readonly string[]): { pinned: TableColumn[]; rest: TableColumn[] } {
  return { pinned: columns.filter(({ id }) => pinned.includes(id)), rest: columns.filter(({ id }) => !pinned.includes(id)) }
}
