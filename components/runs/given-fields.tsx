// What a run takes over of a DRhard data folder in place of computing it: hard negatives, and the document embeddings of its model. Shown
// only where the data set came with some.
'use client'
import { useQuery } from '@tanstack/react-query'
import { type Path, useFormContext } from 'react-hook-form'
import type { NewPipeline, RunConfig } from '@/contract/run'
import { api, keys } from '@/components/api'
import { Field, Select } from '@/components/ui/field'
import { givenChoices } from './prepare-draft'

export function GivenFields({ index, config }: { index: number; config: RunConfig }) {
  const form = useFormContext<NewPipeline>()
  const datasets = useQuery({ queryKey: keys.datasets, queryFn: ({ signal }) => api.datasets(signal) })
  const dataset = datasets.data?.find(({ id }) => id === config.datasetId)
  const report = useQuery({ queryKey: keys.datasetReport(config.datasetId), queryFn: ({ signal }) => api.datasetReport(config.datasetId, signal), staleTime: Infinity, enabled: dataset?.state === 'ready' && dataset.source.kind === 'drhard' })
  return givenChoices(config, report.data?.given ?? []).map(({ name, label, computed, help, folders }) => {
    const path = `runs.${index}.config.${name}` as Path<NewPipeline>
    return (
      <Field key={name} label={label} help={help} error={form.getFieldState(path, form.formState).error?.message}>
        {(ids) => (
          <Select {...ids} {...form.register(path, { setValueAs: (value: unknown) => (value === '' ? undefined : value) })}>
            <option value="">{computed}</option>
            {folders.map((folder) => (
              <option key={folder} value={folder}>
                those of {folder}
              </option>
            ))}
          </Select>
        )}
      </Field>
    )
  })
}
