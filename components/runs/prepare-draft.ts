// Decides what the launch form starts with and what its run-to-run choices are: fresh names, a sensible start run, the list of start runs.
import type { DatasetSummary, GivenResult } from '@/contract/dataset'
import type { ModelSummary } from '@/contract/model'
import type { Preset } from '@/contract/presets'
import { isUntrainedMethod, METHOD_TITLES, type Method, type NewRun, type RunConfig, type RunDetail, type StartFrom, type StartModel, startOf, valueAt } from '@/contract/run'
import { formatFilters, type RunFilter } from '@/contract/run-table'
import { CONFIG_FIELDS, formatValue } from './config-fields'

/** What a link to the form proposes beside the recipe, for the runs that can take it. */
export interface Proposal {
  /** To start from. */
  model?: ModelSummary
  /** Folders of the data set whose results are taken over. */
  docsFrom?: string
  negativesFrom?: string
}

/** The runs as they are with names that no run has yet; references between them follow. */
export function withFreshNames(runs: NewRun[], taken: ReadonlySet<string>): NewRun[] {
  let fresh = runs
  for (const [i, run] of runs.entries()) fresh = renameRun(fresh, i, freshName(run.name, taken))
  return fresh
}

/** The recipe's runs. `newestStart`: id of the run that one which needs a start begins with, empty where there is none. */
export function draftFromPreset(preset: Preset, datasetId: string, newestStart: string, proposal: Proposal = {}): NewRun[] {
  return preset.runs(datasetId).map((run) => withProposal(withStart(run, newestStart), proposal))
}

function withProposal(run: NewRun, { model, docsFrom, negativesFrom }: Proposal): NewRun {
  const { config } = run
  if (config.method === 'bm25' || config.method === 'external' || config.method === 'fusion' || startOf(config)?.kind === 'sibling') return run
  const started = model ? { ...config, start: startModel(model) } : config
  if (started.method === 'star') return { ...run, config: { ...started, negativesFrom } }
  return { ...run, config: started.method === 'zero-shot' ? { ...started, docsFrom } : started }
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

/** Judged on the test queries where the data set has some: what the paper publishes of TREC DL 2019. */
export function withTestQueries(run: NewRun, dataset: Pick<DatasetSummary, 'counts'> | undefined): NewRun {
  if (!('testQueries' in run.config)) return run
  return { ...run, config: { ...run.config, testQueries: (dataset?.counts?.queries.test ?? 0) > 0 ? 'last' : 'none' } }
}

/** A copy of an existing run to change and launch. */
export function draftFromRun({ name, config, startRunId }: RunDetail): NewRun[] {
  if ((config.method === 'star' || config.method === 'adore') && config.start.kind === 'sibling') return [{ name, config: { ...config, start: { kind: 'run', runId: startRunId ?? '' } } }]
  return [{ name, config }]
}

/** A name without its number: what fresh names begin with. */
export const stemOf = (name: string) => name.replace(/-\d+$/, '')

function freshName(name: string, taken: ReadonlySet<string>): string {
  if (!taken.has(name)) return name
  const stem = stemOf(name)
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

/** The earlier runs of the launch that one of it can start from. */
export function siblingStarts(runs: NewRun[], index: number): { value: string; label: string }[] {
  return runs.slice(0, index).filter((other) => isStartable(runs[index].config.method, other.config.method)).map(({ name }) => ({ value: encodeStart({ kind: 'sibling', name }), label: name }))
}

/** The filter of existing runs that a run of this method can start from. */
export function startFilter(method: Method, datasetId: string): string {
  const excluded = (Object.keys(METHOD_TITLES) as Method[]).filter((from) => !isStartable(method, from))
  const not = (column: string, values: string[]) => values.map((value): RunFilter => ({ column, op: '!=', value }))
  return formatFilters([{ column: 'config.datasetId', op: '=', value: datasetId }, ...not('method', excluded), ...not('state', ['failed', 'cancelled'])])
}

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

const isStartable = (method: Method, from: Method) => !isUntrainedMethod(from) && !(method === 'star' && from === 'adore')

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
