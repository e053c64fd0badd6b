// Previews what a launch will do: the steps of each run by the server's own planSteps, with the work that is shared marked.
// Keys are hashed with a quick browser-side function and a placeholder fingerprint: good for "the same work", not the server's keys.
import { AppError } from '@/contract/errors'
import { type ImportParams, type Lineage, type ModelLineage, type TeacherLineage, planSteps } from '@/contract/pipeline'
import type { StepPlan } from '@/contract/step'
import type { LaunchPlan } from '@/contract/plan'
import { SMALL_ENCODER } from '@/contract/presets'
import { startOf, teacherOf, type NewRun, type RunConfig } from '@/contract/run'
import type { StartFrom } from '@/contract/start'

export interface PlannedStep {
  kind: StepPlan['kind']
  label: string
  /** Who already does this work: an earlier run of the launch or the run it starts from. */
  sharedWith: string | null
}

export interface PlannedRun {
  name: string
  steps: PlannedStep[]
  fresh: number
  error: string | null
}

/** An existing run and those it goes back to, nearest first; `teacher`: the run that it learned from, with its own. */
export type Ancestry = { name: string; config: RunConfig; teacher: Ancestry | null }[]

/** 128 bits of FNV-1a over four offsets: deterministic, and quick enough for every keystroke. */
export function quickHash(text: string): string {
  return [0x811c9dc5, 0x9e3779b9, 0x85ebca6b, 0xc2b2ae35]
    .map((offset) => {
      let h = offset
      for (let i = 0; i < text.length; i += 1) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193)
      return (h >>> 0).toString(16).padStart(8, '0')
    })
    .join('')
}

const PLACEHOLDER: ImportParams = { source: { kind: 'drhard', folder: 'preview' }, fingerprint: 'preview' }

export function previewPlan(runs: NewRun[], ancestries: ReadonlyMap<string, Ancestry>): PlannedRun[] {
  const lineages = new Map<string, Lineage>()
  const doneBy = new Map<string, string>()
  for (const ancestry of ancestries.values()) {
    for (const [i, ancestor] of ancestry.entries()) for (const step of planSteps(toLineage(ancestry.slice(i)), quickHash)) if (!doneBy.has(step.key)) doneBy.set(step.key, ancestor.name)
  }
  return runs.map(({ name, config }) => {
    const lineage: Lineage = { config, import: PLACEHOLDER, start: earlier(startOf(config), lineages, ancestries), model: modelOf(startOf(config)), teacher: teacherLineage(config, (teacher) => earlier(teacher, lineages, ancestries)) }
    lineages.set(name, lineage)
    try {
      const steps = planSteps(lineage, quickHash).map((step): PlannedStep => {
        const sharedWith = step.kind === 'import' ? 'the data set' : step.kind === 'import-model' ? 'the model' : (doneBy.get(step.key) ?? null)
        if (!doneBy.has(step.key)) doneBy.set(step.key, name)
        return { kind: step.kind, label: step.label, sharedWith }
      })
      return { name, steps, fresh: steps.filter((step) => step.sharedWith === null).length, error: null }
    } catch (error) {
      if (!(error instanceof AppError)) throw error
      return { name, steps: [], fresh: 0, error: error.message }
    }
  })
}

/** The preview with what the server knows: which artifacts are there, and which have gone. Runs whose steps it counts otherwise stay as previewed. */
export function withArtifacts(runs: PlannedRun[], { runs: planned }: LaunchPlan): PlannedRun[] {
  return runs.map((run, i) => {
    const known = planned[i]?.steps ?? []
    if (known.length !== run.steps.length) return run
    const steps = run.steps.map((step, k) => ({ ...step, sharedWith: known[k].reused ? (step.sharedWith ?? 'an earlier run') : null }))
    return { ...run, steps, fresh: steps.filter((step) => step.sharedWith === null).length }
  })
}

/** The run that is started or learned from. */
function earlier(from: StartFrom | null, siblings: ReadonlyMap<string, Lineage>, ancestries: ReadonlyMap<string, Ancestry>): Lineage | null {
  if (from?.kind === 'sibling') return siblings.get(from.name) ?? null
  const ancestry = from?.kind === 'run' ? ancestries.get(from.runId) : undefined
  return ancestry ? toLineage(ancestry) : null
}

function teacherLineage(config: RunConfig, runOf: (teacher: StartFrom) => Lineage | null): TeacherLineage | null {
  const teacher = teacherOf(config)
  if (!teacher) return null
  if (teacher.kind === 'file') return { kind: 'file', file: teacher.file, fingerprint: 'preview' }
  const model = modelOf(teacher)
  if (model) return { kind: 'model', model }
  const run = runOf(teacher)
  return run && { kind: 'run', run }
}

/** A model's shape does not change which steps there are. */
function modelOf(from: StartFrom | null): ModelLineage | null {
  if (from?.kind !== 'model') return null
  const { modelId, maxQueryTokens, maxDocTokens } = from
  return { import: { source: { kind: 'folder', folder: modelId }, options: {}, fingerprint: 'preview' }, encoder: { ...SMALL_ENCODER, maxQueryTokens, maxDocTokens } }
}

function toLineage([self, ...rest]: Ancestry): Lineage {
  return { config: self.config, import: PLACEHOLDER, start: rest.length > 0 ? toLineage(rest) : null, model: modelOf(startOf(self.config)), teacher: teacherLineage(self.config, () => self.teacher && toLineage(self.teacher)) }
}
