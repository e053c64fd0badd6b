// What the launch form begins with: a recipe's runs, or a copy of a run, with names that are free and a start that can serve.
'use client'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import type { DatasetSummary } from '@/contract/dataset'
import type { Preset } from '@/contract/presets'
import type { NewRun, RunDetail } from '@/contract/run'
import { api, keys } from '@/components/api'
import { draftFromPreset, draftFromRun, type Proposal, stemOf, withFreshNames, withTestQueries } from './prepare-draft'
import { needsRun, startFilter } from './prepare-start'
import { needsTeacherRun, proposedTeacherFilter } from './prepare-teacher'

/** Id of the newest run that a filter leaves; empty where there is none. */
export async function readNewest(filter: string, signal?: AbortSignal): Promise<string> {
  const { items } = await api.runTable({ filter, limit: 1 }, signal)
  return items[0]?.[0].id ?? ''
}

async function withReadNames(runs: NewRun[], signal: AbortSignal): Promise<NewRun[]> {
  const stems = [...new Set(runs.map(({ name }) => stemOf(name)))]
  const taken = await Promise.all(stems.map((stem) => api.runNames(stem, signal)))
  return withFreshNames(runs, new Set(taken.flat()))
}

/** Read once for each form: what others launch meanwhile changes nothing of it. */
const ONCE = { gcTime: 0, staleTime: Infinity } as const

export interface PresetDraft {
  /** The recipe that it is of: while another is read, the one before is still here. */
  recipe: string
  runs: NewRun[]
}

export function usePresetDraft(preset: Preset, dataset: DatasetSummary | undefined, proposal: Proposal) {
  return useQuery({
    queryKey: keys.draft(preset.id, dataset?.id ?? '', proposal),
    queryFn: async ({ signal }): Promise<PresetDraft> => {
      const datasetId = dataset?.id ?? ''
      const recipe = preset.runs(datasetId)
      const needing = recipe.find(needsRun)
      const start = needing && dataset ? await readNewest(startFilter(needing.config.method, datasetId), signal) : ''
      const teacher = dataset && recipe.some(needsTeacherRun) ? await readNewest(proposedTeacherFilter(datasetId), signal) : ''
      const runs = draftFromPreset(preset, datasetId, { start, teacher }, proposal).map((run) => (preset.judgesTest ? withTestQueries(run, dataset) : run))
      return { recipe: preset.id, runs: await withReadNames(runs, signal) }
    },
    placeholderData: keepPreviousData,
    ...ONCE,
  })
}

export const useCloneDraft = (source: RunDetail) => useQuery({ queryKey: keys.draft('clone', source.id, null), queryFn: ({ signal }) => withReadNames(draftFromRun(source), signal), ...ONCE })
