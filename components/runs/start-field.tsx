// What a run of the launch form starts from: random weights, a run of this launch, an existing run, or an imported model with the lengths that
// its texts are cut to.
'use client'
import { useQuery } from '@tanstack/react-query'
import { type Path, useFormContext } from 'react-hook-form'
import { type NewPipeline, type NewRun, type StartFrom, isTrained, startOf } from '@/contract/run'
import { api, keys } from '@/components/api'
import { Field, Input, Select } from '@/components/ui/field'
import { type ExistingRun, decodeStart, encodeStart, startOptions } from './prepare-draft'

export function StartField({ index, runs, existing }: { index: number; runs: NewRun[]; existing: ExistingRun[] }) {
  const form = useFormContext<NewPipeline>()
  const models = useQuery({ queryKey: keys.models, queryFn: ({ signal }) => api.models(signal) })
  const { config } = runs[index]
  if (!isTrained(config)) return null
  const needsRun = config.method === 'star' || config.method === 'adore'
  const path = `runs.${index}.config.start` as Path<NewPipeline>
  const start = startOf(config)
  const options = needsRun ? startOptions(runs, index, existing) : { siblings: [], runs: [] }
  const ready = (models.data ?? []).filter((model) => model.state === 'ready').map((model) => ({ value: encodeStart({ kind: 'model', modelId: model.id, maxQueryTokens: 32, maxDocTokens: 128 }), label: model.name }))
  const error = ['', '.runId', '.name', '.modelId'].map((part) => form.getFieldState(`${path}${part}` as Path<NewPipeline>, form.formState).error?.message).find(Boolean)
  const groups = [
    { title: 'This launch', options: options.siblings },
    { title: 'Runs', options: options.runs },
    { title: 'Imported models', options: ready },
  ]
  return (
    <>
      <Field label="Start from" error={error} help={startHelp(config.method, start, groups.every((group) => group.options.length === 0))}>
        {(ids) => (
          <Select {...ids} value={encodeStart(start)} onChange={(e) => form.setValue(path, (decodeStart(e.target.value) ?? undefined) as never, { shouldDirty: true, shouldValidate: true })}>
            <option value={needsRun ? 'run:' : ''}>{needsRun ? 'Choose a run or a model' : 'Random weights'}</option>
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
      {start?.kind === 'model' &&
        (['maxQueryTokens', 'maxDocTokens'] as const).map((name) => {
          const field = `${path}.${name}` as Path<NewPipeline>
          return (
            <Field key={name} label={name === 'maxQueryTokens' ? 'Query length' : 'Document length'} error={form.getFieldState(field, form.formState).error?.message} help="Tokens of the model’s tokenizer, special ones included.">
              {(ids) => <Input {...ids} type="number" inputMode="numeric" {...form.register(field, { valueAsNumber: true })} className="tabular" />}
            </Field>
          )
        })}
    </>
  )
}

function startHelp(method: NewRun['config']['method'], start: StartFrom | null, nothing: boolean): string {
  if (method === 'star' || method === 'adore') {
    if (nothing) return 'No trained run on this data set yet: launch a warm-up first, take the whole pipeline, or import a model.'
    return method === 'star'
      ? 'Its weights are where training begins, and its ranking of the training queries gives the hard negatives.'
      : 'Its weights are where training begins, and its document embeddings stay as they are.'
  }
  return start ? 'The model brings its tokenizer, and its shape takes the place of the encoder’s fields below.' : 'Or an imported model, with its own tokenizer.'
}
