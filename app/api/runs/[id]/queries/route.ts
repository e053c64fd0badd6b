// GET gives a page of a run's judged queries with their measures and how hard they are for BM25, sorted and filtered.
import { z } from 'zod'
import { MEASURES } from '@/contract/measure'
import { Difficulty, type QueryPage } from '@/contract/query'
import type { Dataset } from '@/server/dataset/dataset'
import { database } from '@/server/db/client'
import { readDifficulty } from '@/server/db/difficulty'
import { measuresAt, readPerQueryValues, type PerQueryValues } from '@/server/db/evaluations'
import { findRun } from '@/server/db/runs'
import { parseQuery, route, wholeNumber } from '@/app/api/answer'
import { datasetFiles } from '@/app/api/open-dataset'

export const dynamic = 'force-dynamic'

const SORTS = ['row', 'id', 'text', 'difficulty', ...MEASURES] as const
const Query = z.object({
  checkpoint: wholeNumber(0, 999_999_999).optional(),
  sort: z.enum(SORTS, { error: `Give one of ${SORTS.join(', ')}` }).default('row'),
  order: z.enum(['asc', 'desc'], { error: 'Give asc or desc' }).default('asc'),
  q: z.string().max(200, 'At most 200 characters').default(''),
  difficulty: Difficulty.optional(),
  offset: wholeNumber(0, 999_999_999).default(0),
  limit: wholeNumber(1, 1000).default(50),
})

export const GET = route<{ id: string }>(async (request, { id }) => {
  const { checkpoint, sort, order, q, difficulty, offset, limit } = parseQuery(request, Query)
  const run = await findRun(database(), id)
  const values = await readPerQueryValues(database(), id, checkpoint)
  const dataset = await datasetFiles(run.datasetId)
  const bm25 = await readDifficulty(database(), { datasetId: run.datasetId, split: values.split })
  const levels = values.rows.map((row) => bm25?.levels.get(row) ?? null)
  const wanted = q.trim().toLowerCase()
  const places = [...values.rows.keys()].filter((i) => (difficulty === undefined || levels[i] === difficulty) && (wanted === '' || dataset.queries.get(values.rows[i]).toLowerCase().includes(wanted)))
  places.sort(byOrder(values, dataset, levels, sort, order === 'asc' ? 1 : -1))
  const results = places.slice(offset, offset + limit).map((i) => {
    const row = values.rows[i]
    return { row, id: dataset.queryIds.idOf(row), text: dataset.queries.get(row), measures: measuresAt(values, i), difficulty: levels[i] }
  })
  return { checkpointStep: values.checkpointStep, total: places.length, results, difficulty: bm25 && { runId: bm25.runId, runName: bm25.runName, slices: Difficulty.options.map((level) => sliceOf(values, levels, level)) } } satisfies QueryPage
})

/** Ties are in order of row, and a query without the value comes last, whatever the direction. */
function byOrder(values: PerQueryValues, dataset: Dataset, levels: (Difficulty | null)[], sort: (typeof SORTS)[number], sign: 1 | -1): (a: number, b: number) => number {
  if (sort === 'row') return (a, b) => sign * (a - b)
  if (sort === 'id' || sort === 'text') {
    const texts = values.rows.map((row) => (sort === 'id' ? dataset.queryIds.idOf(row) : dataset.queries.get(row)))
    const collator = new Intl.Collator('en', { numeric: true })
    return (a, b) => sign * collator.compare(texts[a], texts[b]) || a - b
  }
  if (sort === 'difficulty') return byValue(levels.map((level) => level && Difficulty.options.indexOf(level)), sign)
  return byValue(values.values[sort], sign)
}

function byValue(column: (number | null)[], sign: 1 | -1): (a: number, b: number) => number {
  return (a, b) => {
    const [x, y] = [column[a], column[b]]
    if (x === null || y === null) return Number(x === null) - Number(y === null) || a - b
    return sign * (x - y) || a - b
  }
}

/** The run's means over the queries of a level; a measure that none of them has is left out. */
function sliceOf({ values }: PerQueryValues, levels: (Difficulty | null)[], level: Difficulty): NonNullable<QueryPage['difficulty']>['slices'][number] {
  const places = [...levels.keys()].filter((i) => levels[i] === level)
  const means = MEASURES.flatMap((measure) => {
    const own = places.flatMap((i) => values[measure][i] ?? [])
    return own.length ? [[measure, own.reduce((sum, value) => sum + value, 0) / own.length]] : []
  })
  return { level, n: places.length, measures: Object.fromEntries(means) }
}
