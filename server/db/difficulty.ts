// How hard queries are for BM25, from the newest BM25 run that judged them: a value per query that pages slice by. Called by app/api.
import type { Split } from '@/contract/dataset'
import type { Difficulty } from '@/contract/query'
import type { Tx } from './client'

export interface QueryDifficulty {
  /** The BM25 run that it is from. */
  runId: string
  runName: string
  /** Per query row its level; a query that the run did not judge has none. */
  levels: Map<number, Difficulty>
}

/** Null where no BM25 run of the data set has judged this split. */
export async function readDifficulty(tx: Tx, { datasetId, split }: { datasetId: string; split: Split }): Promise<QueryDifficulty | null> {
  const evaluation = await tx.evaluation.findFirst({
    where: { split, run: { datasetId, method: 'bm25' } },
    orderBy: { createdAt: 'desc' },
    select: { id: true, run: { select: { id: true, name: true } } },
  })
  if (!evaluation) return null
  const results = await tx.queryResult.findMany({ where: { evaluationId: evaluation.id }, select: { queryRow: true, mrr10: true, r100: true } })
  return { runId: evaluation.run.id, runName: evaluation.run.name, levels: new Map(results.map(({ queryRow, mrr10, r100 }) => [queryRow, levelOf(mrr10 ?? 0, r100 ?? 0)])) }
}

/** Whether BM25 has a relevant document among its first 10, its first 100, or beyond. */
function levelOf(mrr10: number, r100: number): Difficulty {
  if (mrr10 > 0) return 'easy'
  return r100 > 0 ? 'medium' : 'hard'
}
