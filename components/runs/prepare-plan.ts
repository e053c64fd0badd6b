// Previews what a launch will do: the steps of each run by the server's own planSteps, with the work that is shared marked.
// Keys are hashed with a quick browser-side function and a placeholder fingerprint: good for "the same work", not the server's keys.
import { AppError } from '@/contract/errors'
import { type ImportParams, type Lineage, type StepPlan, planSteps } from '@/contract/pipeline'
import type { NewRun, RunConfig } from '@/contract/run'

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

/** An existing run and those it goes back to, nearest first. */
export type Ancestry = { name: string; config: RunConfig }[]

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

const PLACEHOLDER: ImportParams = { source: { kind: 'wordnet' }, fingerprint: 'preview' }

export function previewPlan(runs: NewRun[], ancestries: ReadonlyMap<string, Ancestry>): PlannedRun[] {
  const lineages = new Map<string, Lineage>()
  const doneBy = new Map<string, string>()
  for (const ancestry of ancestries.values()) {
    for (const [i, ancestor] of ancestry.entries()) for (const step of planSteps(toLineage(ancestry.slice(i)), quickHash)) if (!doneBy.has(step.key)) doneBy.set(step.key, ancestor.name)
  }
  return runs.map(({ name, config }) => {
    const lineage: Lineage = { config, import: PLACEHOLDER, start: startOf(config, lineages, ancestries) }
    lineages.set(name, lineage)
    try {
      const steps = planSteps(lineage, quickHash).map((step): PlannedStep => {
        const sharedWith = step.kind === 'import' ? 'the data set' : (doneBy.get(step.key) ?? null)
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

function startOf(config: RunConfig, siblings: ReadonlyMap<string, Lineage>, ancestries: ReadonlyMap<string, Ancestry>): Lineage | null {
  if (config.method !== 'star' && config.method !== 'adore') return null
  if (config.start.kind === 'sibling') return siblings.get(config.start.name) ?? null
  const ancestry = ancestries.get(config.start.runId)
  return ancestry ? toLineage(ancestry) : null
}

const toLineage = ([self, ...rest]: Ancestry): Lineage => ({ config: self.config, import: PLACEHOLDER, start: rest.length > 0 ? toLineage(rest) : null })
