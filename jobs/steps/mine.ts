// Step: takes hard negatives from a ranking of the training queries. Publishes negatives.
import path from 'node:path'
import type { StepFunction } from '@/jobs/step'
import { openDataset } from '@/server/dataset/dataset'
import { readRanking } from '@/server/ranking/ranking'
import { mineNegatives, writeNegatives } from '@/server/train/negatives'

export const run: StepFunction<'mine'> = async ({ params, inputs, outDir, log }) => {
  const dataset = openDataset(inputs.dataset)
  try {
    const { queryRows, offsets, docRows } = readRanking(path.join(inputs.ranking, 'ranking.bin'))
    const rankings = Array.from(queryRows, (row, i) => ({ docs: docRows.subarray(offsets[i], offsets[i + 1]), relevant: dataset.qrels.relevant(row).map((j) => j.docRow) }))
    const negatives = mineNegatives(rankings, params.mineDepth)
    writeNegatives(path.join(outDir, 'negatives'), negatives)
    const counts = { queries: queryRows.length, negatives: negatives.docRows.length, short: negatives.short }
    log('info', `${counts.negatives} negatives for ${counts.queries} ${params.split} queries, from the first ${params.mineDepth} documents of each`)
    if (counts.short) log('warn', `${counts.short} queries have fewer than ${params.mineDepth} negatives: the ranking or the collection is too short`)
    return counts
  } finally {
    dataset.close()
  }
}
