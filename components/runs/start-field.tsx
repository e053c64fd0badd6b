// What a run of the launch form starts from: random weights, a run of this launch, an existing run, or an imported model.
'use client'
import { useQuery } from '@tanstack/react-query'
import { type Path, useFormContext } from 'react-hook-form'
import { type NewPipeline, type NewRun, startOf } from '@/contract/run'
import type { StartFrom } from '@/contract/start'
import { api, keys } from '@/components/api'
import { Field, Select } from '@/components/ui/field'
import { startOptions } from './prepare-draft'
import { type ExistingRun, decodeStart, encodeStart, startModel } from './prepare-start'

export function StartField({ index, runs, existing }: { index: number; runs: NewRun[]; existing: ExistingRun[] }) {
  const form = useFormContext<NewPipeline>()
  const models = useQuery({ queryKey: keys.models, queryFn: ({ signal }) => api.models(signal) })
  const { config } = runs[index]
  const needsRun = config.method === 'star' || config.method === 'adore'
  const none = needsRun ? { value: 'run:', label: 'Choose a run or a model' } : config.method === 'zero-shot' ? { value: 'model:', label: 'Choose a model' } : { value: '', label: 'Random weights' }
  const path = `runs.${index}.config.start` as Path<NewPipeline>
  const start = startOf(config)
  const options = needsRun ? startOptions(runs, index, existing) : { siblings: [], runs: [] }
  const ready = (models.data ?? []).filter((model) => model.state === 'ready').map((model) => ({ value: encodeStart(startModel(model)), label: model.name }))
  const error = ['', '.runId', '.name', '.modelId'].map((part) => form.getFieldState(`${path}${part}` as Path<NewPipeline>, form.formState).error?.message).find(Boolean)
  const groups = [
    { title: 'This launch', options: options.siblings },
    { title: 'Runs', options: options.runs },
    { title: 'Imported models', options: ready },
  ]
  return (
    <Field label={config.method === 'zero-shot' ? 'Model' : 'Start from'} error={error} help={startHelp(config.method, start, groups.every((group) => group.options.length === 0))}>
      {(ids) => (
        <Select {...ids} value={encodeStart(start)} onChange={(e) => form.setValue(path, (decodeStart(e.target.value, models.data) ?? undefined) as never, { shouldDirty: true, shouldValidate: true })}>
          <option value={none.value}>{none.label}</option>
          {groups
            .filter((group) => group.options.length > 0)
            .map((group) => (
              <optgroup key={group.title} label={group.title}>
                {group.options.map((option) => (
                  <option key={option.value} value={option.value}>
                    {option.label}
                  </option>
                ))}
              </optgroup>
            ))}
        </Select>
      )}
    </Field>
  )
}

function startHelp(method: NewRun['config']['method'], start: StartFrom | null, nothing: boolean): string {
  if (method === 'zero-shot') return nothing ? 'No model is imported yet: do that on the page Models.' : 'Its own tokenizer and weights; nothing is trained.'
  if (method === 'star' || method === 'adore') {
    if (nothing) return 'No trained run on this data set yet: launch a warm-up first, take the whole pipeline, or import a model.'
    return method === 'star'
      ? 'Its weights are where training begins, and its ranking of the training queries gives the hard negatives.'
      : 'Its weights are where training begins, and its document embeddings stay as they are.'
  }
  return start ? 'The model brings its shape and its tokenizer.' : 'Or an imported model, with its own tokenizer.'
}
