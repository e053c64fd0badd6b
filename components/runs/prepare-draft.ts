// Decides what the launch form starts with and what its run-to-run choices are: fresh names, a sensible start run, the list of start runs.
import type { GivenResult } from '@/contract/dataset'
import type { ModelSummary } from '@/contract/model'
import type { Preset } from '@/contract/presets'
import { isUntrainedMethod, METHOD_TITLES, type NewRun, type RunConfig, type RunDetail, type RunSummary, startOf, teacherOf, valueAt } from '@/contract/run'
import { CONFIG_FIELDS, formatValue } from './config-fields'
import { encodeStart, type ExistingRun, startModel, type StartOption } from './prepare-start'
import { isTeachable, withDefaultTeacher } from './prepare-teacher'

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
  return runs.map((run) => withProposal(withDefaults(run, existing), proposal))
}

/** Starts and learns from existing runs that can serve. */
export const withDefaults = (run: NewRun, existing: ExistingRun[]): NewRun => withDefaultTeacher(withDefaultStart(run, existing), existing)

function withProposal(run: NewRun, { model, docsFrom, negativesFrom }: Proposal): NewRun {
  const { config } = run
  if (config.method === 'bm25' || config.method === 'external' || config.method === 'fusion' || startOf(config)?.kind === 'sibling') return run
  const started = model ? { ...config, start: startModel(model) } : config
  if (started.method === 'star') return { ...run, config: { ...started, negativesFrom } }
  return { ...run, config: started.method === 'zero-shot' ? { ...started, docsFrom } : started }
}

/** Starts from the newest existing run that can serve; from none where there is none. Siblings of the launch stay as they are. */
function withDefaultStart(run: NewRun, existing: ExistingRun[]): NewRun {
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
    const started = (config.method === 'star' || config.method === 'adore') && config.start.kind === 'sibling' && config.start.name === old ? { ...config, start: { kind: 'sibling' as const, name } } : config
    const teacher = teacherOf(started)
    const taught = isTeachable(started) && started.distillation && teacher?.kind === 'sibling' && teacher.name === old ? { ...started, distillation: { ...started.distillation, teacher: { kind: 'sibling' as const, name } } } : started
    return taught === config ? run : { ...run, config: taught }
  })
}

/** What a run of the launch can start from: earlier runs of the launch, then existing runs on the same data set, newest first. */
export function startOptions(runs: NewRun[], index: number, existing: ExistingRun[]): { siblings: StartOption[]; runs: StartOption[] } {
  const run = runs[index]
  return {
    siblings: runs.slice(0, index).filter((other) => isStartable(run.config.method, other.config.method)).map((other) => ({ value: encodeStart({ kind: 'sibling', name: other.name }), label: `${other.name} (this launch)` })),
    runs: existing.filter((other) => canStart(run, other)).map((other) => ({ value: encodeStart({ kind: 'run', runId: other.id }), label: `${other.name} · ${other.state}` })),
  }
}

const isStartable = (method: NewRun['config']['method'], from: RunSummary['method']) => !isUntrainedMethod(from) && !(method === 'star' && from === 'adore')

const canStart = (run: NewRun, other: ExistingRun) => other.datasetId === run.config.datasetId && isStartable(run.config.method, other.method) && other.state !== 'failed' && other.state !== 'cancelled'

export interface DraftChange {
  label: string
  before: string
  after: string
}

/** The settings of a draft that differ from what it began with, in the order of the form. */
export function draftChanges(before: NewRun, after: NewRun, describe: { start: (config: RunConfig) => string; teacher: (config: RunConfig) => string }): DraftChange[] {
  const changes: DraftChange[] = []
  const add = (label: string, from: string, to: string) => {
    if (from !== to) changes.push({ label, before: from, after: to })
  }
  add('Method', METHOD_TITLES[before.config.method], METHOD_TITLES[after.config.method])
  add('Starts from', describe.start(before.config), describe.start(after.config))
  add('Teacher', describe.teacher(before.config), describe.teacher(after.config))
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
