// Decides which checkpoint speaks for a run, and which runs a view offers.
import { formatFilters, type RunsAt } from '@/contract/run-table'
import { isUntrainedMethod, type EvaluationSummary, type RunSummary } from '@/contract/run'

/**
 * The evaluation that speaks for a run. Best: the checkpoint with the highest MRR@10 (the first of equals); all measures
 * are shown of that one checkpoint, because it is one model that one can use. A number: the last checkpoint at or before that step.
 * The start (step 0 of a run that trains) is another run's model. The server chooses alike (server/db/run-table.ts).
 */
export function chosenEvaluation(run: Pick<RunSummary, 'evaluations' | 'method'>, at: RunsAt): EvaluationSummary | null {
  const own = run.evaluations.filter((evaluation) => isUntrainedMethod(run.method) || evaluation.checkpointStep > 0)
  if (at === 'last') return own.at(-1) ?? null
  if (typeof at === 'number') return own.findLast((evaluation) => evaluation.checkpointStep <= at) ?? null
  let best: EvaluationSummary | null = null
  for (const evaluation of own) if (best === null || headline(evaluation) > headline(best)) best = evaluation
  return best
}

/** The filter of runs whose rankings can be shown: judged ones on a data set. */
export const judgedOn = (datasetId: string) =>
  formatFilters([
    { column: 'config.datasetId', op: '=', value: datasetId },
    { column: 'step', op: '>=', value: '0' },
  ])

const headline = ({ measures }: EvaluationSummary) => measures['MRR@10'] ?? measures['NDCG@10'] ?? measures['R@100'] ?? -1
