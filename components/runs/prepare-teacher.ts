// Decides whom a run of the launch form can learn from, and how that is said: no teacher, a run, an imported model, or a file of scores.
import type { Teacher } from '@/contract/distillation'
import type { ModelSummary } from '@/contract/model'
import { DISTILLATION_DEFAULTS } from '@/contract/presets'
import { isUntrainedMethod, type NewRun, type RunConfig, teacherOf } from '@/contract/run'
import { decodeStart, encodeStart, type ExistingRun, type StartOption } from './prepare-start'

/** A configuration that may have a teacher: its negatives stay the same. */
export type TeachableConfig = Extract<RunConfig, { method: 'star' | 'bm25-negatives' }>
export const isTeachable = (config: RunConfig): config is TeachableConfig => config.method === 'star' || config.method === 'bm25-negatives'

/** Earlier runs of the launch, then existing runs on the same data set, that have an encoder. */
export function teacherOptions(runs: NewRun[], index: number, existing: ExistingRun[]): { siblings: StartOption[]; runs: StartOption[] } {
  const { datasetId } = runs[index].config
  return {
    siblings: runs.slice(0, index).filter(({ config }) => !isUntrainedMethod(config.method)).map(({ name }) => ({ value: encodeStart({ kind: 'sibling', name }), label: `${name} (this launch)` })),
    runs: existing.filter((other) => canTeach(other, datasetId)).map((other) => ({ value: encodeStart({ kind: 'run', runId: other.id }), label: `${other.name} · ${other.state}` })),
  }
}

const canTeach = (other: ExistingRun, datasetId: string) => other.datasetId === datasetId && !isUntrainedMethod(other.method) && other.state !== 'failed' && other.state !== 'cancelled'

/** A teacher as a choice of a select; none is the empty one. */
export const encodeTeacher = (teacher: Teacher | null): string => (teacher?.kind === 'file' ? 'file' : encodeStart(teacher))

/** What a choice makes of the configuration's distillation; how it is learned stays as it was. */
export function withTeacher(before: TeachableConfig['distillation'], value: string, models: ModelSummary[] = []): TeachableConfig['distillation'] {
  if (value === '') return undefined
  const teacher: Teacher = value === 'file' ? { kind: 'file', file: '' } : decodeStart(value, models)!
  return { ...DISTILLATION_DEFAULTS, ...before, teacher }
}

/** Where a run of a recipe learns from a run: the newest ADORE run on the data set, which is as good as a run gets here; no run where there is none. */
export function withDefaultTeacher(run: NewRun, existing: ExistingRun[]): NewRun {
  const { config } = run
  if (!isTeachable(config) || config.distillation?.teacher.kind !== 'run') return run
  const [newest] = existing.filter((other) => other.method === 'adore' && canTeach(other, config.datasetId)).sort((a, b) => (a.createdAt < b.createdAt ? 1 : -1))
  return { ...run, config: { ...config, distillation: { ...config.distillation, teacher: { kind: 'run', runId: newest?.id ?? '' } } } }
}

/** The teacher in words; a dash without one. */
export function describeTeacher(config: RunConfig, nameOf: (runId: string) => string): string {
  const teacher = teacherOf(config)
  switch (teacher?.kind) {
    case undefined:
      return '–'
    case 'run':
      return teacher.runId ? nameOf(teacher.runId) : '–'
    case 'sibling':
      return teacher.name
    case 'model':
      return `model ${teacher.modelId}`
    case 'file':
      return 'a file of scores'
  }
}
