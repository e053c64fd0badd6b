// The table of runs: filtered, sorted, grouped and paged in SQL, over facts, any field of the configuration and any measure of the checkpoint
// that speaks for a run. Called by app/api/runs/table. What is done to several runs at once is run-bulk.ts.
import { AppError } from '@/contract/errors'
import { FACTS, type Fact, type RunColumns, type RunFilter, type RunPage, type RunRow, type RunsAt, type RunsQuery } from '@/contract/run-table'
import { METHOD_TITLES } from '@/contract/run'
import type { Tx } from './client'
import { Prisma } from './generated/client'
import { INCLUDE_HEAD, summariseRows } from './run-summary'

const { sql, join, empty } = Prisma
type Sql = Prisma.Sql

/** What a column sorts by: the number where it is one, then the text. */
interface ColumnSql {
  number: Sql
  text: Sql
}

const NO_NUMBER = sql`NULL::float8`
const NO_TEXT = sql`NULL::text`
const UNTRAINED = sql`r.method IN ('bm25', 'external', 'fusion')`
/** The very expression of the index evaluation_best_idx: MRR@10, or what stands in for it. */
const HEADLINE = sql`coalesce((e.measures->>'MRR@10')::float8, (e.measures->>'NDCG@10')::float8, (e.measures->>'R@100')::float8)`
const STATE_ORDER = ['running', 'cancelling', 'queued', 'succeeded', 'failed', 'cancelled']
const METHOD_WORDS = sql`CASE r.method ${join(Object.entries(METHOD_TITLES).map(([method, title]) => sql`WHEN ${method} THEN ${title}`), ' ')} END`

const FACT_SQL: Record<Exclude<Fact, 'tag'>, ColumnSql> = {
  name: { number: NO_NUMBER, text: sql`lower(r.name)` },
  state: { number: sql`array_position(${STATE_ORDER}::text[], r.state)::float8`, text: sql`r.state` },
  method: { number: NO_NUMBER, text: sql`r.method` },
  dataset: { number: NO_NUMBER, text: sql`lower(d.name)` },
  start: { number: NO_NUMBER, text: sql`lower(s.name)` },
  startmethod: { number: NO_NUMBER, text: sql`s.method` },
  created: { number: sql`r.seq::float8`, text: NO_TEXT },
  duration: { number: sql`extract(epoch FROM coalesce(r.finished_at, now()) - r.started_at)::float8`, text: NO_TEXT },
  step: { number: sql`e.checkpoint_step::float8`, text: NO_TEXT },
}

function columnSql(column: string): ColumnSql {
  if (column.startsWith('measure.')) return { number: sql`(e.measures->>${column.slice('measure.'.length)})::float8`, text: NO_TEXT }
  if (column === 'tag') return { number: NO_NUMBER, text: sql`array_to_string(r.tags, ' ')` }
  if ((FACTS as readonly string[]).includes(column)) return FACT_SQL[column as Exclude<Fact, 'tag'>]
  const path = column.slice('config.'.length).split('.')
  return { number: sql`CASE WHEN jsonb_typeof(r.config #> ${path}::text[]) = 'number' THEN (r.config #>> ${path}::text[])::float8 END`, text: sql`r.config #>> ${path}::text[]` }
}

/** The evaluation that speaks for a run. Step 0 of a run that trains is another run's model, and never does. */
function chosenEvaluation(at: RunsAt): Sql {
  const order = at === 'best' ? sql`${HEADLINE} DESC NULLS LAST, e.checkpoint_step` : sql`e.checkpoint_step DESC`
  return sql`LEFT JOIN LATERAL (
    SELECT e.id, e.measures, e.checkpoint_step FROM evaluation e
    WHERE e.run_id = r.id AND e.split = 'dev' AND (e.checkpoint_step > 0 OR ${UNTRAINED}) ${typeof at === 'number' ? sql`AND e.checkpoint_step <= ${at}` : empty}
    ORDER BY ${order} LIMIT 1) e ON true`
}

const contains = (text: Sql, word: string) => sql`${text} ILIKE ${`%${word.replaceAll(/[\\%_]/g, '\\$&')}%`}`

function filterSql({ column, op, value }: RunFilter): Sql {
  if (op === '!=' || op === '!~') return sql`NOT coalesce(${filterSql({ column, op: op === '!=' ? '=' : '~', value })}, false)`
  if (column === 'tag') return op === '=' ? sql`${value} = ANY(r.tags)` : contains(sql`array_to_string(r.tags, ' ')`, value)
  if (column === 'state' && op === '=' && value === 'live') return sql`r.state IN ('queued', 'running', 'cancelling')`
  const { number, text } = columnSql(column)
  if (op === '~') return contains(text === NO_TEXT ? sql`(${number})::text` : text, value)
  if (column === 'created') return compare(sql`r.created_at`, op, sql`${dateOf(value)}`)
  const asNumber = value.trim() === '' ? NaN : Number(value)
  const isText = column !== 'state' && number === NO_NUMBER
  if (Number.isFinite(asNumber) && !isText) return compare(number, op, sql`${asNumber}::float8`)
  if (op !== '=') throw new AppError('bad-input', `Filter ${column}${op}${value}: ${isText ? `${column} is a text; use = or ~` : `${op} needs a number`}`, { fields: { filter: isText ? 'A text has no order' : 'Give a number' } })
  return text === NO_TEXT ? sql`false` : sql`lower(${text}) = ${value.toLowerCase()}`
}

function compare(left: Sql, op: RunFilter['op'], right: Sql): Sql {
  switch (op) {
    case '<':
      return sql`${left} < ${right}`
    case '<=':
      return sql`${left} <= ${right}`
    case '>':
      return sql`${left} > ${right}`
    case '>=':
      return sql`${left} >= ${right}`
    default:
      return sql`${left} = ${right}`
  }
}

function dateOf(text: string): Date {
  const date = new Date(text)
  if (Number.isNaN(date.getTime())) throw new AppError('bad-input', `Filter created: "${text}" is no date; write it as 2026-01-31`, { fields: { filter: 'Not a date' } })
  return date
}

/** Equal for runs that differ in nothing but their seed, all the way back. */
const SEEDLESS = sql`
  seedless AS (
    SELECT r.id, md5((r.config - 'seed')::text) AS key FROM run r WHERE r.start_run_id IS NULL
    UNION ALL
    SELECT r.id, md5((r.config - 'seed' - 'start')::text || s.key) FROM run r JOIN seedless s ON s.id = r.start_run_id)`

interface ItemRow {
  ids: string[]
  total: number
  runs: number
}

/** Whether a column is of the checkpoint that speaks for a run. Choosing that for thousands of runs is most of the work: a page needs its own only. */
const isJudged = (column: string) => column === 'step' || column.startsWith('measure.')

/** A page of the table. Throws bad-input where a filter asks for what its column cannot answer. */
export async function readRunPage(tx: Tx, query: RunsQuery): Promise<RunPage> {
  const { q, filters, sort, order, at, group, archived, offset, limit } = query
  const text = sql`concat_ws(' ', r.name, r.method, ${METHOD_WORDS}, d.name, s.name, r.state, array_to_string(r.tags, ' '))`
  const where = [archived === 'only' ? sql`r.archived_at IS NOT NULL` : sql`r.archived_at IS NULL`, ...q.split(/\s+/).filter(Boolean).map((word) => contains(text, word)), ...filters.map(filterSql)]
  const direction = order === 'asc' ? sql`ASC NULLS LAST` : sql`DESC NULLS LAST`
  const { number, text: words } = columnSql(sort)
  const grouped = group === 'seeds'
  const judged = isJudged(sort) || filters.some(({ column }) => isJudged(column))
  const items = await tx.$queryRaw<ItemRow[]>`
    WITH RECURSIVE ${grouped ? sql`${SEEDLESS},` : empty} found AS (
      SELECT r.id, r.seq, ${number} AS number, ${words} AS words ${grouped ? sql`, seedless.key` : empty}
      FROM run r JOIN dataset d ON d.id = r.dataset_id LEFT JOIN run s ON s.id = r.start_run_id ${grouped ? sql`JOIN seedless ON seedless.id = r.id` : empty} ${judged ? chosenEvaluation(at) : empty}
      WHERE ${join(where, ' AND ')})
    ${
      grouped
        ? sql`SELECT array_agg(id ORDER BY seq DESC) AS ids, (count(*) OVER ())::int AS total, (sum(count(*)) OVER ())::int AS runs
            FROM found GROUP BY key ORDER BY avg(number) ${direction}, min(words) ${direction}, max(seq) DESC`
        : sql`SELECT ARRAY[id] AS ids, (count(*) OVER ())::int AS total, (count(*) OVER ())::int AS runs FROM found ORDER BY number ${direction}, words ${direction}, seq DESC`
    } LIMIT ${limit} OFFSET ${offset}`
  if (items.length === 0 && offset > 0) {
    // Runs have gone since the page before; only their number is of use.
    const { total, runs } = await readRunPage(tx, { ...query, offset: 0, limit: 1 })
    return { items: [], total, runs }
  }
  const rows = await readRows(tx, items.flatMap((item) => item.ids), at)
  return { items: items.map((item) => item.ids.flatMap((id) => rows.get(id) ?? [])).filter((item) => item.length > 0), total: items[0]?.total ?? 0, runs: items[0]?.runs ?? 0 }
}

async function readRows(tx: Tx, ids: string[], at: RunsAt): Promise<Map<string, RunRow>> {
  const chosen = (await tx.$queryRaw<{ id: string }[]>`SELECT e.id FROM run r ${chosenEvaluation(at)} WHERE r.id = ANY(${ids}::text[]) AND e.id IS NOT NULL`).map(({ id }) => id)
  const rows = await tx.run.findMany({ where: { id: { in: ids } }, include: { ...INCLUDE_HEAD, evaluations: { where: { OR: [{ id: { in: chosen } }, { split: 'test' }] } } } })
  const summaries = await summariseRows(tx, rows)
  return new Map(
    summaries.map(({ evaluations: own, ...summary }, i) => [summary.id, { ...summary, evaluation: own[0] ?? null, config: rows[i].config as Record<string, unknown>, tags: rows[i].tags, archivedAt: rows[i].archivedAt?.toISOString() ?? null }]),
  )
}

/** Evaluations of one data set have the same measures but for those that came with a newer version: some are enough. */
const SAMPLED_EVALUATIONS = 500

/** What columns the runs have beside the facts, in alphabetical order. */
export async function readRunColumns(tx: Tx): Promise<RunColumns> {
  const [config, measures, tags] = await Promise.all([
    tx.$queryRaw<{ path: string }[]>`
      WITH RECURSIVE field AS (
        SELECT e.key AS path, e.value FROM (SELECT DISTINCT config FROM run) r, jsonb_each(r.config) e
        UNION
        SELECT f.path || '.' || e.key, e.value FROM field f, jsonb_each(CASE WHEN jsonb_typeof(f.value) = 'object' THEN f.value ELSE '{}' END) e)
      SELECT DISTINCT path FROM field WHERE jsonb_typeof(value) NOT IN ('object', 'array') ORDER BY path`,
    tx.$queryRaw<{ name: string }[]>`SELECT DISTINCT jsonb_object_keys(measures) AS name FROM (SELECT measures FROM evaluation ORDER BY created_at DESC LIMIT ${SAMPLED_EVALUATIONS}) e ORDER BY name`,
    tx.$queryRaw<{ tag: string }[]>`SELECT DISTINCT unnest(tags) AS tag FROM run ORDER BY tag`,
  ])
  return { config: config.map((row) => row.path), measures: measures.map((row) => row.name), tags: tags.map((row) => row.tag) }
}
