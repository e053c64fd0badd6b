// What the launch form begins with: a recipe's runs, or a copy of a run, with names that are free and a start that can serve.
'use client'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import type { DatasetSummary } from '@/contract/dataset'
import type { Preset } from '@/contract/presets'
import type { Method, NewRun, RunDetail } from '@/contract/run'
import { api, keys } from '@/components/api'
import { draftFromPreset, draftFromRun, needsRun, type Proposal, startFilter, stemOf, withFreshNames, withTestQueries } from './prepare-draft'

/** Id of the newest run that a run of this method can start from; empty where there is none. */
export async function readNewestStart(method: Method, datasetId: string, signal?: AbortSignal): Promise<string> {
  const { items } = await api.runTable({ filter: startFilter(method, datasetId), limit: 1 }, signal)
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
      const needing = preset.runs(datasetId).find(needsRun)
      const start = needing && dataset ? await readNewestStart(needing.config.method, datasetId, signal) : ''
      const runs = draftFromPreset(preset, datasetId, start, proposal).map((run) => (preset.judgesTest ? withTestQueries(run, dataset) : run))
      return { recipe: preset.id, runs: await withReadNames(runs, signal) }
    },
    placeholderData: keepPreviousData,
    ...ONCE,
  })
}

export const useCloneDraft = (source: RunDetail) => useQuery({ queryKey: keys.draft('clone', source.id, null), queryFn: ({ signal }) => withReadNames(draftFromRun(source), signal), ...ONCE })
