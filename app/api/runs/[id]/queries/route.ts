// GET gives a page of a run's judged queries with their measures, sorted and filtered.
import { z } from 'zod'
import { MEASURES, type MeasureName } from '@/contract/measure'
import type { QueryPage } from '@/contract/query'
import type { Dataset } from '@/server/dataset/dataset'
import { database } from '@/server/db/client'
import { measuresAt, readPerQueryValues, type PerQueryValues } from '@/server/db/evaluations'
import { findRun } from '@/server/db/runs'
import { parseQuery, route, wholeNumber } from '@/app/api/answer'
import { datasetFiles } from '@/app/api/open-dataset'

export const dynamic = 'force-dynamic'

const SORTS = ['row', 'id', 'text', ...MEASURES] as const
const Query = z.object({
  checkpoint: wholeNumber(0, 999_999_999).optional(),
  sort: z.enum(SORTS, { error: `Give one of ${SORTS.join(', ')}` }).default('row'),
  order: z.enum(['asc', 'desc'], { error: 'Give asc or desc' }).default('asc'),
  q: z.string().max(200, 'At most 200 characters').default(''),
  offset: wholeNumber(0, 999_999_999).default(0),
  limit: wholeNumber(1, 1000).default(50),
})

export const GET = route<{ id: string }>(async (request, { id }) => {
  const { checkpoint, sort, order, q, offset, limit } = parseQuery(request, Query)
  const run = await findRun(database(), id)
  const values = await readPerQueryValues(database(), id, checkpoint)
  const dataset = await datasetFiles(run.datasetId)
  const wanted = q.trim().toLowerCase()
  const places = [...values.rows.keys()].filter((i) => wanted === '' || dataset.queries.get(values.rows[i]).toLowerCase().includes(wanted))
  places.sort(byOrder(values, dataset, sort, order === 'asc' ? 1 : -1))
  const results = places.slice(offset, offset + limit).map((i) => {
    const row = values.rows[i]
    return { row, id: dataset.queryIds.idOf(row), text: dataset.queries.get(row), measures: measuresAt(values, i) }
  })
  return { checkpointStep: values.checkpointStep, total: places.length, results } satisfies QueryPage
})

/** Ties are in order of row, and a query without the measure comes last, whatever the direction. */
function byOrder(values: PerQueryValues, dataset: Dataset, sort: (typeof SORTS)[number], sign: 1 | -1): (a: number, b: number) => number {
  if (sort === 'row') return (a, b) => sign * (a - b)
  if (sort === 'id' || sort === 'text') {
    const texts = values.rows.map((row) => (sort === 'id' ? dataset.queryIds.idOf(row) : dataset.queries.get(row)))
    const collator = new Intl.Collator('en', { numeric: true })
    return (a, b) => sign * collator.compare(texts[a], texts[b]) || a - b
  }
  return byMeasure(values.values[sort], sign)
}

function byMeasure(column: PerQueryValues['values'][MeasureName], sign: 1 | -1): (a: number, b: number) => number {
  return (a, b) => {
    const [x, y] = [column[a], column[b]]
    if (x === null || y === null) return Number(x === null) - Number(y === null) || a - b
    return sign * (x - y) || a - b
  }
}
