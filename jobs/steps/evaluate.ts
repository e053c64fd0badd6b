// Step: judges a ranking of a split. Publishes the values per query as per-query.json; the means are the result.
import path from 'node:path'
import { AppError } from '@/contract/errors'
import type { StepFunction } from '@/jobs/step'
import { openDataset } from '@/server/dataset/dataset'
import { evaluateRanking } from '@/server/eval/evaluate'
import { writePerQuery } from '@/server/eval/per-query'
import { readRanking } from '@/server/ranking/ranking'

export const run: StepFunction<'evaluate'> = async ({ params, inputs, outDir, log }) => {
  const dataset = openDataset(inputs.dataset)
  try {
    const queryRows = dataset.queryRows(params.split)
    if (queryRows.length === 0) throw new AppError('bad-input', `The ${params.split} split has no query with a relevant document; add some to qrels.tsv or choose another split`)
    const ranking = readRanking(path.join(inputs.ranking, 'ranking.bin'))
    const { n, means, perQuery, missing } = evaluateRanking(ranking, dataset.qrels, queryRows)
    writePerQuery(path.join(outDir, 'per-query.json'), perQuery)
    if (missing > 0) log('warn', `${missing} of ${n} queries have no ranking; they count as 0`)
    return { measures: means, n, missing }
  } finally {
    dataset.close()
  }
}
