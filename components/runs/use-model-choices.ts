// The imported models that a run of the launch form can start or learn from.
'use client'
import { useQuery } from '@tanstack/react-query'
import { api, keys } from '@/components/api'
import { encodeStart, startModel } from './prepare-start'

/** `models`: all, once they are read; `choices`: those that are ready, as choices. */
export function useModelChoices() {
  const { data: models } = useQuery({ queryKey: keys.models, queryFn: ({ signal }) => api.models(signal) })
  const choices = (models ?? []).filter(({ state }) => state === 'ready').map((model) => ({ value: encodeStart(startModel(model)), label: model.name }))
  return { models, choices }
}
