// Decides what the launch form starts with and what its run-to-run choices are: fresh names, a sensible start run, the list of start runs.
import type { GivenResult } from '@/contract/dataset'
import type { ModelSummary } from '@/contract/model'
import type { Preset } from '@/contract/presets'
import { isUntrainedMethod, METHOD_TITLES, type NewRun, type RunConfig, type RunDetail, type RunSummary, startOf, valueAt } from '@/contract/run'
import type { StartFrom, StartModel } from '@/contract/start'
import { CONFIG_FIELDS, formatValue } from './config-fields'

/** What the form knows of runs that are there. */
export type ExistingRun = Pick<RunSummary, 'id' | 'name' | 'method' | 'datasetId' | 'state' | 'createdAt'>

/** What a link to the form proposes beside the recipe, for the runs that can take it. */
export interface Proposal {
  /** To start from. */
  model?: ModelSummary
  /** Folders of the data set whose results are taken over. */
  docsFrom?: string
  negativesFrom?: string
}

/** The recipe's runs with names that no run has yet; references between them follow. */
export function draftFromPreset(preset: Preset, datasetId: string, existing: ExistingRun[], proposal: Proposal = {}): NewRun[] {
  const taken = new Set(existing.map((run) => run.name))
  let runs = preset.runs(datasetId)
  for (const [i, run] of runs.entries()) runs = renameRun(runs, i, freshName(run.name, taken))
  return runs.map((run) => withProposal(withDefaultStart(run, existing), proposal))
}

function withProposal(run: NewRun, { model, docsFrom, negativesFrom }: Proposal): NewRun {
  const { config } = run
  if (config.method === 'bm25' || config.method === 'external' || config.method === 'fusion' || startOf(config)?.kind === 'sibling') return run
  const started = model ? { ...config, start: startModel(model) } : config
  if (started.method === 'star') return { ...run, config: { ...started, negativesFrom } }
  return { ...run, config: started.method === 'zero-shot' ? { ...started, docsFrom } : started }
}

/** Starts from the newest existing run that can serve; from none where there is none. Siblings of the launch stay as they are. */
export function withDefaultStart(run: NewRun, existing: ExistingRun[]): NewRun {
  if ((run.config.method !== 'star' && run.config.method !== 'adore') || run.config.start.kind !== 'run') return run
  const [newest] = existing.filter((other) => canStart(run, other)).sort((a, b) => (a.createdAt < b.createdAt ? 1 : -1))
  return { ...run, config: { ...run.config, start: { kind: 'run', runId: newest?.id ?? '' } } }
}

/** A copy of an existing run to change and launch. */
export function draftFromRun(run: RunDetail, existing: ExistingRun[]): NewRun[] {
  const { config } = run
  const name = freshName(run.name, new Set(existing.map((other) => other.name)))
  if ((config.method === 'star' || config.method === 'adore') && config.start.kind === 'sibling') return [{ name, config: { ...config, start: { kind: 'run', runId: run.startRunId ?? '' } } }]
  return [{ name, config }]
}

function freshName(name: string, taken: ReadonlySet<string>): string {
  if (!taken.has(name)) return name
  const stem = name.replace(/-\d+$/, '')
  let n = 2
  while (taken.has(`${stem}-${n}`)) n += 1
  return `${stem}-${n}`
}

/** Renames one run of a launch, and the siblings' references to it. */
export function renameRun(runs: NewRun[], index: number, name: string): NewRun[] {
  const old = runs[index].name
  return runs.map((run, i): NewRun => {
    if (i === index) return { ...run, name }
    const { config } = run
    if ((config.method === 'star' || config.method === 'adore') && config.start.kind === 'sibling' && config.start.name === old) return { ...run, config: { ...config, start: { kind: 'sibling', name } } }
    return run
  })
}

export interface StartOption {
  value: string
  label: string
}

/** What a run of the launch can start from: earlier runs of the launch, then existing runs on the same data set, newest first. */
export function startOptions(runs: NewRun[], index: number, existing: ExistingRun[]): { siblings: StartOption[]; runs: StartOption[] } {
  const run = runs[index]
  return {
    siblings: runs.slice(0, index).filter((other) => isStartable(run.config.method, other.config.method)).map((other) => ({ value: encodeStart({ kind: 'sibling', name: other.name }), label: `${other.name} (this launch)` })),
    runs: existing.filter((other) => canStart(run, other)).map((other) => ({ value: encodeStart({ kind: 'run', runId: other.id }), label: `${other.name} · ${other.state}` })),
  }
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

const isStartable = (method: NewRun['config']['method'], from: RunSummary['method']) => !isUntrainedMethod(from) && !(method === 'star' && from === 'adore')

const canStart = (run: NewRun, other: ExistingRun) => other.datasetId === run.config.datasetId && isStartable(run.config.method, other.method) && other.state !== 'failed' && other.state !== 'cancelled'

export interface DraftChange {
  label: string
  before: string
  after: string
}

/** The settings of a draft that differ from what it began with, in the order of the form. */
export function draftChanges(before: NewRun, after: NewRun, describeStart: (config: NewRun['config']) => string): DraftChange[] {
  const changes: DraftChange[] = []
  const add = (label: string, from: string, to: string) => {
    if (from !== to) changes.push({ label, before: from, after: to })
  }
  add('Method', METHOD_TITLES[before.config.method], METHOD_TITLES[after.config.method])
  add('Starts from', describeStart(before.config), describeStart(after.config))
  for (const field of CONFIG_FIELDS) add(field.label, formatValue(field, valueAt(before.config, field.path)), formatValue(field, valueAt(after.config, field.path)))
  return changes
}

export interface GivenChoice {
  name: 'negativesFrom' | 'docsFrom'
  label: string
  /** What happens where nothing is taken over. */
  computed: string
  help: string
  folders: string[]
}

/** What a run can take over of the results that its data set came with. Embeddings are a model's: a run that is started from has its own. */
export function givenChoices(config: RunConfig, given: GivenResult[]): GivenChoice[] {
  const choices: GivenChoice[] = []
  const folders = (has: (result: GivenResult) => boolean) => given.filter(has).map(({ name }) => name)
  if (config.method === 'star') choices.push({ name: 'negativesFrom', label: 'Hard negatives', computed: 'mined with the start', help: 'From a hard.json that came with the data set: nothing is searched for them.', folders: folders(({ negatives }) => negatives) })
  const takesDocs = config.method === 'star' || config.method === 'adore' || config.method === 'zero-shot'
  if (takesDocs && startOf(config)?.kind === 'model') choices.push({ name: 'docsFrom', label: 'Document embeddings', computed: 'encoded with the model', help: 'From embeddings of this model that came with the data set; a few are compared with its own first.', folders: folders(({ dim }) => dim !== null) })
  return choices.filter((choice) => choice.folders.length > 0)
}
