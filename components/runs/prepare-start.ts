// What a run of the launch form goes back to, as a choice of a select: an existing run, an earlier one of the launch, an imported model.
import type { ModelSummary } from '@/contract/model'
import type { RunSummary } from '@/contract/run'
import type { StartFrom, StartModel } from '@/contract/start'

/** What the form knows of runs that are there. */
export type ExistingRun = Pick<RunSummary, 'id' | 'name' | 'method' | 'datasetId' | 'state' | 'createdAt'>

export interface StartOption {
  value: string
  label: string
}

/** A start as a choice of a select; random weights are the empty one. */
export function encodeStart(start: StartFrom | null): string {
  if (!start) return ''
  return start.kind === 'sibling' ? `sibling:${start.name}` : start.kind === 'model' ? `model:${start.modelId}` : `run:${start.runId}`
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
  return value.startsWith('sibling:') ? { kind: 'sibling', name: value.slice('sibling:'.length) } : { kind: 'run', runId: value.slice('run:'.length) }
}
