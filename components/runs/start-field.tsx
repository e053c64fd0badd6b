// What a run of the launch form starts from: random weights, a run of this launch, an existing run, or an imported model.
'use client'
import { type Path, useFormContext } from 'react-hook-form'
import { type NewPipeline, type NewRun, startOf } from '@/contract/run'
import type { StartFrom } from '@/contract/start'
import { Field, Select } from '@/components/ui/field'
import { decodeStart, encodeStart, siblingStarts, startFilter, startRunOf } from './prepare-start'
import { RunSelect } from './run-select'
import { useModelChoices } from './use-model-choices'
import { useRunHeads } from './use-run-heads'

export function StartField({ index, runs }: { index: number; runs: NewRun[] }) {
  const form = useFormContext<NewPipeline>()
  const { models, choices: ready } = useModelChoices()
  const { config } = runs[index]
  const needsRun = config.method === 'star' || config.method === 'adore'
  const none = config.method === 'zero-shot' ? { value: 'model:', label: 'Choose a model' } : { value: '', label: 'Random weights' }
  const path = `runs.${index}.config.start` as Path<NewPipeline>
  const start = startOf(config)
  const error = ['', '.runId', '.name', '.modelId'].map((part) => form.getFieldState(`${path}${part}` as Path<NewPipeline>, form.formState).error?.message).find(Boolean)
  const choose = (value: string) => form.setValue(path, (decodeStart(value, models) ?? undefined) as never, { shouldDirty: true, shouldValidate: true })
  const chosenRun = startRunOf(config)
  const run = useRunHeads(chosenRun === null ? [] : [chosenRun]).heads.get(chosenRun ?? '')
  const groups = [
    { title: 'This launch', options: siblingStarts(runs, index) },
    { title: 'Imported models', options: ready },
  ]
  const value = encodeStart(start)
  const chosen = groups.flatMap(({ options }) => options).find((option) => option.value === value)
  return (
    <Field label={config.method === 'zero-shot' ? 'Model' : 'Start from'} error={error} help={startHelp(config.method, start, ready.length === 0)}>
      {(ids) =>
        needsRun ? (
          <RunSelect {...ids} value={value} label={chosen?.label ?? run?.name ?? chosenRun ?? 'Choose a run or a model'} colorIndex={run?.colorIndex} filter={startFilter(config.method, config.datasetId)} groups={groups} onChange={choose} />
        ) : (
          <Select {...ids} value={value} onChange={(e) => choose(e.target.value)}>
            <option value={none.value}>{none.label}</option>
            {ready.map((option) => (
              <option key={option.value} value={option.value}>
                {option.label}
              </option>
            ))}
          </Select>
        )
      }
    </Field>
  )
}

function startHelp(method: NewRun['config']['method'], start: StartFrom | null, noModel: boolean): string {
  if (method === 'zero-shot') return noModel ? 'No model is imported yet: do that on the page Models.' : 'Its own tokenizer and weights; nothing is trained.'
  if (method === 'star' || method === 'adore') {
    if (encodeStart(start) === '') return 'A trained run on this data set, or an imported model; where there is none yet, launch a warm-up first or take the whole pipeline.'
    return method === 'star'
      ? 'Its weights are where training begins, and its ranking of the training queries gives the hard negatives.'
      : 'Its weights are where training begins, and its document embeddings stay as they are.'
  }
  return start ? 'The model brings its shape and its tokenizer.' : 'Or an imported model, with its own tokenizer.'
}
