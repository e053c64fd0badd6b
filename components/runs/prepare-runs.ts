// Decides what the list of runs shows: which checkpoint speaks for a run, the filter and the order.
import { MEASURES, type MeasureName } from '@/contract/measure'
import { isUntrainedMethod, type EvaluationSummary, METHOD_TITLES, type RunState, type RunSummary } from '@/contract/run'

export const STATE_GROUPS = [
  { value: 'live', label: 'Live', states: ['queued', 'running', 'cancelling'] },
  { value: 'succeeded', label: 'Succeeded', states: ['succeeded'] },
  { value: 'failed', label: 'Failed', states: ['failed'] },
  { value: 'cancelled', label: 'Cancelled', states: ['cancelled'] },
] as const satisfies { value: string; label: string; states: RunState[] }[]

export const SORT_KEYS = ['created', 'name', 'state', 'method', 'dataset', ...MEASURES] as const
export type SortKey = (typeof SORT_KEYS)[number]
export type Order = 'asc' | 'desc'
export type Checkpoint = 'best' | 'last'

export interface RunsFilter {
  q: string
  method: string | null
  state: string | null
}

/**
 * The evaluation that speaks for a run. Best: the checkpoint with the highest MRR@10 (the first of equals); all three measures
 * are shown of that one checkpoint, because it is one model that one can use. The start (step 0 of a run that trains) is another run's model.
 */
export function chosenEvaluation(run: Pick<RunSummary, 'evaluations' | 'method'>, which: Checkpoint): EvaluationSummary | null {
  const own = run.evaluations.filter((evaluation) => isUntrainedMethod(run.method) || evaluation.checkpointStep > 0)
  if (which === 'last') return own.at(-1) ?? null
  let best: EvaluationSummary | null = null
  for (const evaluation of own) if (best === null || headline(evaluation) > headline(best)) best = evaluation
  return best
}

const headline = ({ measures }: EvaluationSummary) => measures['MRR@10'] ?? measures['NDCG@10'] ?? measures['R@100'] ?? -1

/** The highest value of a measure among the runs on each data set; a data set with a single judged run has no leader. */
export function leaders(runs: RunSummary[], measure: MeasureName, which: Checkpoint): ReadonlyMap<string, number> {
  const values = new Map<string, number[]>()
  for (const run of runs) {
    const value = chosenEvaluation(run, which)?.measures[measure]
    if (value !== undefined) values.set(run.datasetId, [...(values.get(run.datasetId) ?? []), value])
  }
  return new Map([...values].flatMap(([datasetId, found]) => (found.length > 1 && Math.max(...found) > Math.min(...found) ? [[datasetId, Math.max(...found)] as const] : [])))
}

export function filterRuns(runs: RunSummary[], { q, method, state }: RunsFilter): RunSummary[] {
  const words = q.toLowerCase().split(/\s+/).filter(Boolean)
  const group = STATE_GROUPS.find((candidate) => candidate.value === state)
  return runs.filter((run) => {
    if (method && run.method !== method) return false
    if (group && !(group.states as readonly RunState[]).includes(run.state)) return false
    const text = `${run.name} ${run.method} ${METHOD_TITLES[run.method]} ${run.datasetName} ${run.startRunName ?? run.startModelName ?? ''} ${run.state}`.toLowerCase()
    return words.every((word) => text.includes(word))
  })
}

/** Sorted copy; runs without a value come last in both directions. */
export function sortRuns(runs: RunSummary[], key: SortKey, order: Order, which: Checkpoint): RunSummary[] {
  const sign = order === 'asc' ? 1 : -1
  const value = (run: RunSummary): string | number | null => {
    switch (key) {
      case 'created':
        return run.createdAt
      case 'name':
        return run.name.toLowerCase()
      case 'state':
        return STATE_GROUPS.findIndex((group) => (group.states as readonly RunState[]).includes(run.state))
      case 'method':
        return METHOD_TITLES[run.method]
      case 'dataset':
        return run.datasetName.toLowerCase()
      default:
        return chosenEvaluation(run, which)?.measures[key as MeasureName] ?? null
    }
  }
  return [...runs].sort((a, b) => {
    const [x, y] = [value(a), value(b)]
    if (x === null || y === null) return x === y ? compareAge(a, b) : x === null ? 1 : -1
    return x === y ? compareAge(a, b) : x < y ? -sign : sign
  })
}

const compareAge = (a: RunSummary, b: RunSummary) => (a.createdAt === b.createdAt ? (a.id < b.id ? 1 : -1) : a.createdAt < b.createdAt ? 1 : -1)
