// Step: judges a ranking of a split. Publishes the values per query as per-query.json; means and intervals are the result.
import path from 'node:path'
import { AppError } from '@/contract/errors'
import { FURTHER_MEASURES, MEASURES, parseMeasure } from '@/contract/measure'
import type { StepFunction } from '@/jobs/step'
import { openDataset } from '@/server/dataset/dataset'
import { evaluateRanking } from '@/server/eval/evaluate'
import { bootstrapInterval } from '@/server/eval/paired'
import { perQueryOf, writePerQuery } from '@/server/eval/per-query'
import { readRanking } from '@/server/ranking/ranking'

const COMPUTED = [...MEASURES, ...FURTHER_MEASURES].map((id) => parseMeasure(id))
/** Any number: intervals of two runs are drawn from the same resamples. */
const SEED = 1

export const run: StepFunction<'evaluate'> = async ({ params, inputs, outDir, log }) => {
  const dataset = openDataset(inputs.dataset)
  try {
    const queryRows = dataset.queryRows(params.split)
    if (queryRows.length === 0) throw new AppError('bad-input', `The ${params.split} split has no query with a relevant document; add some to qrels.tsv or choose another split`)
    const ranking = readRanking(path.join(inputs.ranking, 'ranking.bin'))
    const evaluation = evaluateRanking(ranking, dataset.qrels, queryRows, { measures: COMPUTED })
    writePerQuery(path.join(outDir, 'per-query.json'), perQueryOf(evaluation))
    const n = evaluation.queryRows.length
    const { missing, results } = evaluation
    if (missing > 0) log('warn', `${missing} of ${n} queries have no ranking; they count as 0`)
    return {
      measures: Object.fromEntries(results.map(({ id, mean }) => [id, mean])),
      intervals: Object.fromEntries(results.map(({ id, values }) => [id, bootstrapInterval(values, { seed: SEED })])),
      n,
      missing,
    }
  } finally {
    dataset.close()
  }
}
