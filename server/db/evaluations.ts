// The judged quality of checkpoints, as means and per query. Written when an evaluate step is published (server/db/advance.ts),
// read by app/api for charts, the query table and the comparison.
import path from 'node:path'
import { z } from 'zod'
import { AppError } from '@/contract/errors'
import { MEASURES, MeasureIntervals, MeasureValues, type MeasureName } from '@/contract/measure'
import type { Split } from '@/contract/dataset'
import { readPerQuery, type PerQuery } from '@/server/eval/per-query'
import { artifactDir } from '@/server/files/artifact'
import { newId } from './ids'
import { artifactsDir } from './location'
import type { Tx } from './client'

/** Result of an evaluate step. */
export const EvaluateResult = z.object({ measures: MeasureValues, n: z.number().int(), intervals: MeasureIntervals.optional(), missing: z.number().int().optional() })
export type EvaluateResult = z.infer<typeof EvaluateResult>

export interface NewEvaluation {
  runId: string
  stepId: string
  checkpointStep: number
  split: Split
  result: EvaluateResult
  rankingKey: string
  artifactKey: string
}

/** Stores an evaluation with its value per query; one that a retried run made before is replaced. */
export async function recordEvaluation(tx: Tx, evaluation: NewEvaluation): Promise<void> {
  const { runId, stepId, checkpointStep, split, result, rankingKey, artifactKey } = evaluation
  await tx.evaluation.deleteMany({ where: { runId, checkpointStep, split } })
  const id = newId()
  // Another run's evaluation of the same artifact has the values: the file may lie on another machine only.
  const twin = await tx.evaluation.findFirst({ where: { artifactKey, queryResults: { some: {} } }, select: { id: true } })
  await tx.evaluation.create({ data: { id, runId, stepId, checkpointStep, split, measures: result.measures, n: result.n, intervals: result.intervals, missing: result.missing, rankingKey, artifactKey } })
  if (twin) {
    await tx.$executeRaw`INSERT INTO query_result (evaluation_id, query_row, mrr_10, r_100, ndcg_10) SELECT ${id}, query_row, mrr_10, r_100, ndcg_10 FROM query_result WHERE evaluation_id = ${twin.id}`
    return
  }
  const { queryRows, values } = readAllValues({ artifactKey })
  const column = (measure: MeasureName) => Array.from(queryRows, (_, i) => (Number.isNaN(values[measure]?.[i] ?? NaN) ? null : values[measure][i]))
  await tx.$executeRaw`
    INSERT INTO query_result (evaluation_id, query_row, mrr_10, r_100, ndcg_10)
    SELECT ${id}, r, a, b, c FROM unnest(${Array.from(queryRows)}::int[], ${column('MRR@10')}::float8[], ${column('R@100')}::float8[], ${column('NDCG@10')}::float8[]) AS t(r, a, b, c)`
}

export interface PerQueryValues {
  evaluationId: string
  runId: string
  checkpointStep: number
  split: Split
  rankingKey: string
  n: number
  /** Query rows, ascending. */
  rows: number[]
  /** Per measure a value for each of `rows`; null where it was not computed. */
  values: Record<MeasureName, (number | null)[]>
}

/** A run's dev evaluation with its value per query: of the given checkpoint, or of the last evaluated one. Throws not-found where there is none. */
export async function readPerQueryValues(tx: Tx, runId: string, checkpointStep?: number): Promise<PerQueryValues> {
  const evaluation = await findEvaluation(tx, runId, checkpointStep)
  const results = await tx.queryResult.findMany({ where: { evaluationId: evaluation.id }, orderBy: { queryRow: 'asc' } })
  return {
    evaluationId: evaluation.id,
    runId,
    checkpointStep: evaluation.checkpointStep,
    split: evaluation.split as Split,
    rankingKey: evaluation.rankingKey,
    n: evaluation.n,
    rows: results.map((r) => r.queryRow),
    values: { 'MRR@10': results.map((r) => r.mrr10), 'R@100': results.map((r) => r.r100), 'NDCG@10': results.map((r) => r.ndcg10) },
  }
}

export interface QueryValues {
  checkpointStep: number
  rankingKey: string
  measures: MeasureValues
  /** Neighbours among the judged queries, by row. */
  previousRow: number | null
  nextRow: number | null
}

/** One query of an evaluation, without reading the others. Throws not-found where it is not one of the judged queries. */
export async function readQueryValues(tx: Tx, runId: string, queryRow: number, checkpointStep?: number): Promise<QueryValues> {
  const { id: evaluationId, n, split, rankingKey, checkpointStep: at } = await findEvaluation(tx, runId, checkpointStep)
  const neighbour = (where: object, order: 'asc' | 'desc') => tx.queryResult.findFirst({ where: { evaluationId, queryRow: where }, orderBy: { queryRow: order }, select: { queryRow: true } })
  const [own, previous, next] = await Promise.all([tx.queryResult.findUnique({ where: { evaluationId_queryRow: { evaluationId, queryRow } } }), neighbour({ lt: queryRow }, 'desc'), neighbour({ gt: queryRow }, 'asc')])
  if (!own) throw new AppError('not-found', `Query ${queryRow} is not one of the ${n} judged queries of the ${split} split`)
  const values: [MeasureName, number | null][] = [['MRR@10', own.mrr10], ['R@100', own.r100], ['NDCG@10', own.ndcg10]]
  return { checkpointStep: at, rankingKey, measures: Object.fromEntries(values.filter(([, value]) => value !== null)) as MeasureValues, previousRow: previous?.queryRow ?? null, nextRow: next?.queryRow ?? null }
}

/** The values per query of all measures that an evaluation computed, from its artifact: Postgres has the charted ones only. */
export function readAllValues({ artifactKey }: { artifactKey: string }): PerQuery {
  return readPerQuery(path.join(artifactDir(artifactsDir(), artifactKey), 'per-query.json'))
}

/** The dev evaluation of a checkpoint, or of the last evaluated one. Throws not-found where there is none. */
export async function findEvaluation(tx: Tx, runId: string, checkpointStep?: number) {
  const evaluation = await tx.evaluation.findFirst({ where: { runId, split: 'dev', ...(checkpointStep !== undefined && { checkpointStep }) }, orderBy: { checkpointStep: 'desc' } })
  if (evaluation) return evaluation
  const run = await tx.run.findUnique({ where: { id: runId }, select: { name: true } })
  if (!run) throw new AppError('not-found', `There is no run ${runId}; it may have been deleted`)
  throw new AppError('not-found', checkpointStep === undefined ? `Run ${run.name} has no evaluation yet; wait for its first checkpoint` : `Run ${run.name} has no evaluation of checkpoint ${checkpointStep}`)
}

/** One query's measures from values read before. */
export function measuresAt(values: PerQueryValues, index: number): MeasureValues {
  return Object.fromEntries(MEASURES.flatMap((m) => (values.values[m][index] === null ? [] : [[m, values.values[m][index]]])))
}
