// Step: takes hard negatives from a ranking of the training queries, without what is judged relevant, officially or here. Publishes negatives.
import path from 'node:path'
import type { StepFunction } from '@/jobs/step'
import { openDataset } from '@/server/dataset/dataset'
import { EXCLUSIONS_FILE, readExclusions } from '@/server/dataset/exclusions'
import { readRanking } from '@/server/ranking/ranking'
import { mineNegatives, writeNegatives } from '@/server/ranking/negatives'

export const run: StepFunction<'mine'> = async ({ params, inputs, outDir, log }) => {
  const dataset = openDataset(inputs.dataset)
  try {
    const { queryRows, offsets, docRows } = readRanking(path.join(inputs.ranking, 'ranking.bin'))
    const excluded = inputs.excluded ? readExclusions(path.join(inputs.excluded, EXCLUSIONS_FILE)) : new Map<number, number[]>()
    let left = 0
    const rankings = Array.from(queryRows, (row, i) => {
      const docs = docRows.subarray(offsets[i], offsets[i + 1])
      const own = excluded.get(row) ?? []
      left += own.filter((docRow) => docs.includes(docRow)).length
      return { docs, relevant: [...dataset.qrels.relevant(row).map((j) => j.docRow), ...own] }
    })
    const negatives = mineNegatives(rankings, params.mineDepth)
    writeNegatives(path.join(outDir, 'negatives'), negatives)
    const counts = { queries: queryRows.length, negatives: negatives.docRows.length, short: negatives.short }
    log('info', `${counts.negatives} negatives for ${counts.queries} ${params.split} queries, from the first ${params.mineDepth} documents of each`)
    if (inputs.excluded) log('info', `${left} documents are left out because they were judged relevant here`)
    if (counts.short) log('warn', `${counts.short} queries have fewer than ${params.mineDepth} negatives: the ranking or the collection is too short`)
    return counts
  } finally {
    dataset.close()
  }
}
