// What a run of the launch form goes back to, as a choice: an existing run, an earlier one of the launch, an imported model; and which can serve.
import type { ModelSummary } from '@/contract/model'
import { isUntrainedMethod, METHOD_TITLES, type Method, type NewRun, type RunConfig, startOf } from '@/contract/run'
import { formatFilters, type RunFilter } from '@/contract/run-table'
import type { StartFrom, StartModel } from '@/contract/start'

/** A start as a choice: a run is its bare id; random weights, and no run yet, are the empty one. */
export function encodeStart(start: StartFrom | null): string {
  if (!start) return ''
  return start.kind === 'sibling' ? `sibling:${start.name}` : start.kind === 'model' ? `model:${start.modelId}` : start.runId
}

/** The lengths that texts are cut to at first: those of short passages, if the model takes as much. */
export function startModel({ id, info }: Pick<ModelSummary, 'id' | 'info'>): StartModel {
  const longest = info?.longestText ?? Infinity
  return { kind: 'model', modelId: id, maxQueryTokens: Math.min(32, longest), maxDocTokens: Math.min(128, longest) }
}

/** `models`: those that are there. */
export function decodeStart(value: string, models: ModelSummary[] = []): StartFrom | null {
  if (value === '') return null
  if (value.startsWith('model:')) {
    const id = value.slice('model:'.length)
    return startModel(models.find((model) => model.id === id) ?? { id, info: null })
  }
  return value.startsWith('sibling:') ? { kind: 'sibling', name: value.slice('sibling:'.length) } : { kind: 'run', runId: value }
}

/** Whether a run starts from another that was launched before it. */
export const needsRun = ({ config }: Pick<NewRun, 'config'>) => (config.method === 'star' || config.method === 'adore') && config.start.kind === 'run'

/** Id of the existing run that one starts from, once it is chosen. */
export function startRunOf(config: RunConfig): string | null {
  const start = startOf(config)
  return start?.kind === 'run' && start.runId !== '' ? start.runId : null
}

/** Starts from an existing run. Runs that start from nothing, a model or a sibling of the launch stay as they are. */
export function withStart(run: NewRun, runId: string): NewRun {
  return needsRun(run) && 'start' in run.config ? { ...run, config: { ...run.config, start: { kind: 'run', runId } } as NewRun['config'] } : run
}

const isStartable = (method: Method, from: Method) => !isUntrainedMethod(from) && !(method === 'star' && from === 'adore')

/** The earlier runs of the launch that one of it can start from. */
export const siblingStarts = (runs: NewRun[], index: number) => siblingChoices(runs, index, (from) => isStartable(runs[index].config.method, from))

/** The earlier runs of the launch whose method can serve, as choices. */
export function siblingChoices(runs: NewRun[], index: number, serves: (method: Method) => boolean): { value: string; label: string }[] {
  return runs.slice(0, index).filter(({ config }) => serves(config.method)).map(({ name }) => ({ value: encodeStart({ kind: 'sibling', name }), label: name }))
}

/** The filter of existing runs that a run of this method can start from. */
export const startFilter = (method: Method, datasetId: string) => servingFilter(datasetId, (from) => isStartable(method, from))

/** The filter of existing runs on a data set whose method can serve and that have not ended without a result. */
export function servingFilter(datasetId: string, serves: (method: Method) => boolean): string {
  const excluded = (Object.keys(METHOD_TITLES) as Method[]).filter((method) => !serves(method))
  const not = (column: string, values: string[]) => values.map((value): RunFilter => ({ column, op: '!=', value }))
  return formatFilters([{ column: 'config.datasetId', op: '=', value: datasetId }, ...not('method', excluded), ...not('state', ['failed', 'cancelled'])])
}
