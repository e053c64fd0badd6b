// GET gives one measure of runs for every query, with the query's text and BM25's value: what histograms, scatters and slices are made of.
import { z } from 'zod'
import type { QueryValues } from '@/contract/compare'
import { AppError } from '@/contract/errors'
import { measureId, parseMeasure } from '@/contract/measure'
import { comparedRuns, runIds } from '@/app/api/compare/compared-runs'
import { parseQuery, route } from '@/app/api/answer'
import { datasetFiles } from '@/app/api/open-dataset'
import { database } from '@/server/db/client'
import { readAllValues, readPerQueryValues } from '@/server/db/evaluations'

export const dynamic = 'force-dynamic'

const Query = z.object({ runs: runIds(1), measure: z.string().default('MRR@10').transform((text) => measureId(parseMeasure(text))) })

export const GET = route(async (request) => {
  const { runs: ids, measure } = parseQuery(request, Query)
  const { runs, evaluations, fetchFiles } = await comparedRuns(ids)
  await fetchFiles()
  const columns = evaluations.map((evaluation, i) => {
    const { queryRows, values } = readAllValues(evaluation)
    if (!values[measure]) throw new AppError('not-found', `Run ${runs[i].name} was not judged by ${measure}; choose another measure`)
    return new Map(Array.from(queryRows, (row, place) => [row, values[measure][place]]))
  })
  const rows = [...new Set(columns.flatMap((column) => [...column.keys()]))].sort((a, b) => a - b)
  const { queries } = await datasetFiles(runs[0].datasetId)
  const valuesOf = (column: ReadonlyMap<number, number | null>) => rows.map((row) => orNull(column.get(row)))
  return { measure, rows, texts: rows.map((row) => queries.get(row)), runs: columns.map((column, i) => ({ run: ids[i], values: valuesOf(column) })), bm25: await bm25Values(runs[0].datasetId, valuesOf) } satisfies QueryValues
})

const orNull = (value: number | null | undefined) => (value === undefined || value === null || Number.isNaN(value) ? null : value)

async function bm25Values(datasetId: string, valuesOf: (column: ReadonlyMap<number, number | null>) => (number | null)[]): Promise<QueryValues['bm25']> {
  const run = await database().run.findFirst({ where: { datasetId, method: 'bm25', state: 'succeeded', evaluations: { some: {} } }, orderBy: { seq: 'desc' }, select: { id: true, name: true } })
  if (!run) return null
  const { rows, values } = await readPerQueryValues(database(), run.id)
  return { run: run.id, name: run.name, values: valuesOf(new Map(rows.map((row, i) => [row, values['MRR@10'][i]]))) }
}
