// Decides whom a run of the launch form can learn from, and how that is said: no teacher, a run, an imported model, or a file of scores.
import type { Teacher } from '@/contract/distillation'
import type { ModelSummary } from '@/contract/model'
import { DISTILLATION_DEFAULTS } from '@/contract/presets'
import { isUntrainedMethod, type Method, type NewRun, type RunConfig, teacherOf } from '@/contract/run'
import { decodeStart, encodeStart, servingFilter, siblingChoices } from './prepare-start'

/** A configuration that may have a teacher: its negatives stay the same. */
export type TeachableConfig = Extract<RunConfig, { method: 'star' | 'bm25-negatives' }>
export const isTeachable = (config: RunConfig): config is TeachableConfig => config.method === 'star' || config.method === 'bm25-negatives'

const canTeach = (method: Method) => !isUntrainedMethod(method)

/** The earlier runs of the launch that one of it can learn from: those with an encoder. */
export const siblingTeachers = (runs: NewRun[], index: number) => siblingChoices(runs, index, canTeach)

/** The filter of existing runs that can teach. */
export const teacherFilter = (datasetId: string) => servingFilter(datasetId, canTeach)

/** The filter of those that are proposed: ADORE runs, which are as good as a run gets here. */
export const proposedTeacherFilter = (datasetId: string) => servingFilter(datasetId, (method) => method === 'adore')

/** Whether a run learns from another that was launched before it. */
export const needsTeacherRun = ({ config }: Pick<NewRun, 'config'>) => isTeachable(config) && config.distillation?.teacher.kind === 'run'

/** Id of the existing run that one learns from, once it is chosen. */
export function teacherRunOf(config: RunConfig): string | null {
  const teacher = teacherOf(config)
  return teacher?.kind === 'run' && teacher.runId !== '' ? teacher.runId : null
}

/** Learns from an existing run. Runs without a teacher, or with one of another kind, stay as they are. */
export function withTeacherRun(run: NewRun, runId: string): NewRun {
  const { config } = run
  if (!isTeachable(config) || config.distillation?.teacher.kind !== 'run') return run
  return { ...run, config: { ...config, distillation: { ...config.distillation, teacher: { kind: 'run', runId } } } }
}

/** A teacher as a choice: a run is its bare id; none is the empty one, and a run that is still to be chosen no choice of the list. */
export function encodeTeacher(teacher: Teacher | null): string {
  if (teacher?.kind === 'file') return 'file'
  return teacher?.kind === 'run' && teacher.runId === '' ? 'unchosen' : encodeStart(teacher)
}

/** What a choice makes of the configuration's distillation; how it is learned stays as it was. */
export function withTeacher(before: TeachableConfig['distillation'], value: string, models: ModelSummary[] = []): TeachableConfig['distillation'] {
  if (value === '') return undefined
  const teacher: Teacher = value === 'file' ? { kind: 'file', file: '' } : decodeStart(value, models)!
  return { ...DISTILLATION_DEFAULTS, ...before, teacher }
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
