// The table of runs: what the server is asked for, and what a page of it holds. Sorting, filters and pages are the server's work; filters are
// text, so that a link carries them.
import { z } from 'zod'
import { AppError } from './errors'
import { EvaluationSummary, RunSummary } from './run'

/** Which checkpoint speaks for a run: its best by MRR@10, its last, or its last at or before an optimizer step. */
export const RunsAt = z.union([z.enum(['best', 'last']), z.int().min(0)])
export type RunsAt = z.infer<typeof RunsAt>

/** Facts of a run that every run has (startmethod: the method of the run that it starts from); beside them `config.<path>` and `measure.<name>` name columns. */
export const FACTS = ['name', 'state', 'method', 'dataset', 'start', 'startmethod', 'tag', 'created', 'duration', 'step'] as const
export type Fact = (typeof FACTS)[number]

/** `state`, `config.train.batchSize` or `measure.RBP(p=0.8)@10`. */
const COLUMN = /^(?:measure\.[A-Za-z_]+(?:\([^()]*\))?(?:@\d+)?|config\.[A-Za-z0-9]+(?:\.[A-Za-z0-9-]+)*|[a-z]+)/

/** A column as a link writes it. */
export const RunColumn = z.string().refine((text) => COLUMN.exec(text)?.[0] === text && (/^(measure|config)\./.test(text) || (FACTS as readonly string[]).includes(text)), `Give ${FACTS.join(', ')}, config.<path> or measure.<name>`)

export const FILTER_OPS = ['=', '!=', '<', '<=', '>', '>=', '~', '!~'] as const
export type FilterOp = (typeof FILTER_OPS)[number]
/** `~`: contains, in any case. Several filters are all to hold. A run that lacks the column passes `!=` and `!~` only. */
export interface RunFilter {
  column: string
  op: FilterOp
  value: string
}

/** `state=failed;config.train.batchSize>=64;measure.MRR@10>0.3`; in values, % and ; are written %25 and %3B. */
export function formatFilters(filters: RunFilter[]): string {
  return filters.map(({ column, op, value }) => `${column}${op}${value.replaceAll('%', '%25').replaceAll(';', '%3B')}`).join(';')
}

/** Throws bad-input with the part that is no filter. */
export function parseFilters(text: string): RunFilter[] {
  return text.split(';').filter(Boolean).map((part) => {
    const column = COLUMN.exec(part)?.[0] ?? ''
    const [, op, value] = /^(!=|!~|<=|>=|=|<|>|~)(.+)$/s.exec(part.slice(column.length)) ?? []
    if (op === undefined || !RunColumn.safeParse(column).success) throw new AppError('bad-input', `Filter "${part}": write a column, one of ${FILTER_OPS.join(' ')}, and a value, as in config.train.batchSize>=64`, { fields: { filter: 'Not a filter' } })
    return { column, op: op as FilterOp, value: value.replaceAll('%3B', ';').replaceAll('%25', '%') }
  })
}

export const RunsQuery = z.object({
  /** Words that name, method, data set, start run, state or tags contain. */
  q: z.string().default(''),
  filters: z.array(z.object({ column: RunColumn, op: z.enum(FILTER_OPS), value: z.string() })).default([]),
  sort: RunColumn.default('created'),
  order: z.enum(['asc', 'desc']).default('desc'),
  at: RunsAt.default('best'),
  /** seeds: runs that differ in nothing but their seed are one item. */
  group: z.enum(['none', 'seeds']).default('none'),
  archived: z.enum(['no', 'only']).default('no'),
  offset: z.int().min(0).default(0),
  limit: z.int().min(1).max(500).default(50),
})
export type RunsQuery = z.infer<typeof RunsQuery>
/** What identifies a table; its pages share it. */
export type RunsView = Omit<RunsQuery, 'offset' | 'limit'>

export const RunRow = RunSummary.omit({ evaluations: true }).extend({
  /** Of the checkpoint that speaks for the run; null where none was judged. */
  evaluation: EvaluationSummary.nullable(),
  config: z.record(z.string(), z.unknown()),
  tags: z.array(z.string()),
  archivedAt: z.iso.datetime().nullable(),
})
export type RunRow = z.infer<typeof RunRow>

/** A page: each item is a run, or the runs that differ in their seed only. */
export const RunPage = z.object({ items: z.array(z.array(RunRow).min(1)), total: z.int(), /** Runs in all items of all pages. */ runs: z.int() })
export type RunPage = z.infer<typeof RunPage>

/** What columns there are beside the facts: of all configurations, and of the newest evaluations. */
export const RunColumns = z.object({ config: z.array(z.string()), measures: z.array(z.string()), tags: z.array(z.string()) })
export type RunColumns = z.infer<typeof RunColumns>

const Ids = z.array(z.string()).min(1, 'Choose at least one run').max(500, 'At most 500 runs at once')
export const Tag = z.string().trim().regex(/^[^\s,;]{1,40}$/, 'One word of at most 40 characters')

/** What is done to several runs at once, all or none. */
export const RunsChange = z.discriminatedUnion('action', [
  z.object({ action: z.literal('archive'), ids: Ids }),
  z.object({ action: z.literal('unarchive'), ids: Ids }),
  z.object({ action: z.literal('tag'), ids: Ids, tag: Tag }),
  z.object({ action: z.literal('untag'), ids: Ids, tag: Tag }),
])
export type RunsChange = z.infer<typeof RunsChange>
export const RunsDeletion = z.object({ ids: Ids })

/** A table's address under a name, for everybody. */
export const SavedView = z.object({ name: z.string().trim().min(1, 'Give the view a name').max(60, 'At most 60 characters'), query: z.string().max(4000) })
export type SavedView = z.infer<typeof SavedView>
