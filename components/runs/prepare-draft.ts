// Decides what the launch form starts with and what its run-to-run choices are: fresh names, a sensible start and teacher, what a link proposes.
import type { DatasetSummary, GivenResult } from '@/contract/dataset'
import type { ModelSummary } from '@/contract/model'
import type { Preset } from '@/contract/presets'
import { METHOD_TITLES, type NewRun, type RunConfig, type RunDetail, startOf, teacherOf, valueAt } from '@/contract/run'
import { CONFIG_FIELDS, formatValue } from './config-fields'
import { startModel, withStart } from './prepare-start'
import { isTeachable, withTeacherRun } from './prepare-teacher'

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

/** Ids of the runs that a recipe begins with, where it needs some; empty where there is none. */
export interface Newest {
  start?: string
  teacher?: string
}

/** The recipe's runs. */
export function draftFromPreset(preset: Preset, datasetId: string, { start = '', teacher = '' }: Newest, proposal: Proposal = {}): NewRun[] {
  return preset.runs(datasetId).map((run) => withProposal(withTeacherRun(withStart(run, start), teacher), proposal))
}

function withProposal(run: NewRun, { model, docsFrom, negativesFrom }: Proposal): NewRun {
  const { config } = run
  if (config.method === 'bm25' || config.method === 'external' || config.method === 'fusion' || startOf(config)?.kind === 'sibling') return run
  const started = model ? { ...config, start: startModel(model) } : config
  if (started.method === 'star') return { ...run, config: { ...started, negativesFrom } }
  return { ...run, config: started.method === 'zero-shot' ? { ...started, docsFrom } : started }
}

/** Judged on the test queries where the data set has some: what the paper publishes of TREC DL 2019. */
export function withTestQueries(run: NewRun, dataset: Pick<DatasetSummary, 'counts'> | undefined): NewRun {
  if (!('testQueries' in run.config)) return run
  return { ...run, config: { ...run.config, testQueries: (dataset?.counts?.queries.test ?? 0) > 0 ? 'last' : 'none' } }
}

/** A copy of an existing run to change and launch: what were siblings of its launch are runs now. */
export function draftFromRun({ name, config, startRunId, teacherRunId }: RunDetail): NewRun[] {
  const started = (config.method === 'star' || config.method === 'adore') && config.start.kind === 'sibling' ? { ...config, start: { kind: 'run' as const, runId: startRunId ?? '' } } : config
  if (!isTeachable(started) || started.distillation?.teacher.kind !== 'sibling') return [{ name, config: started }]
  return [{ name, config: { ...started, distillation: { ...started.distillation, teacher: { kind: 'run', runId: teacherRunId ?? '' } } } }]
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
    const started = (config.method === 'star' || config.method === 'adore') && config.start.kind === 'sibling' && config.start.name === old ? { ...config, start: { kind: 'sibling' as const, name } } : config
    const teacher = teacherOf(started)
    const taught = isTeachable(started) && started.distillation && teacher?.kind === 'sibling' && teacher.name === old ? { ...started, distillation: { ...started.distillation, teacher: { kind: 'sibling' as const, name } } } : started
    return taught === config ? run : { ...run, config: taught }
  })
}

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
