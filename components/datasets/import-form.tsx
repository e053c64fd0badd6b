// Imports a data set: the bundled WordNet task, or a folder on the server in one of the field's formats.
'use client'
import { zodResolver } from '@hookform/resolvers/zod'
import { Upload } from 'lucide-react'
import { type Path, useForm, type UseFormReturn, useWatch } from 'react-hook-form'
import { FileFormat, NewDataset } from '@/contract/dataset'
import { api, keys } from '@/components/api'
import { ImportFooter } from '@/components/imports/import-footer'
import { useImportSubmit } from '@/components/imports/use-import-submit'
import { Field, Input, Select } from '@/components/ui/field'
import { Panel } from '@/components/ui/panel'
import { UploadField } from './upload-field'
import { newDataset, SOURCE_KINDS, type SourceKind } from './source-kinds'

export function ImportForm({ onImported }: { onImported: () => void }) {
  const form = useForm<NewDataset>({ resolver: zodResolver(NewDataset), defaultValues: newDataset('tsv'), mode: 'onTouched' })
  const kind = useWatch({ control: form.control, name: 'source.kind' })
  const { isSubmitting } = form.formState
  const errorOf = (path: Path<NewDataset>) => form.getFieldState(path, form.formState).error?.message

  const { submit, refusal } = useImportSubmit(form, {
    send: api.importDataset,
    queryKey: keys.datasets,
    onImported: (input) => {
      form.reset(newDataset(input.source.kind))
      onImported()
    },
  })

  return (
    <Panel title="Import a data set">
      <form onSubmit={submit} noValidate className="flex flex-col gap-4">
        <div className="grid gap-4 sm:grid-cols-[minmax(0,16rem)_minmax(0,1fr)]">
          <Field label="Format" help={kind === 'wordnet' ? undefined : 'Each file plain or .gz.'}>
            {(ids) => (
              <Select {...ids} value={kind} onChange={(event) => form.reset({ ...newDataset(event.target.value as SourceKind), ...(event.target.value !== 'wordnet' && { name: form.getValues('name') }) })}>
                {Object.entries(SOURCE_KINDS).map(([value, { title }]) => (
                  <option key={value} value={value}>
                    {title}
                  </option>
                ))}
              </Select>
            )}
          </Field>
          <div className="self-center text-sm text-ink-2">
            <FileList files={SOURCE_KINDS[kind].files} />
            <p>{SOURCE_KINDS[kind].note}</p>
          </div>
          <Field label="Name" error={errorOf('name')} help="Letters, digits, dot, dash and underscore.">
            {(ids) => <Input {...ids} {...form.register('name')} autoComplete="off" />}
          </Field>
          {kind === 'url' && <UrlFields form={form} errorOf={errorOf} />}
          {kind !== 'wordnet' && kind !== 'url' && (
            <Field label="Folder on the server" error={errorOf('source.folder')}>
              {(ids) => (
                <>
                  <Input {...ids} {...form.register('source.folder')} autoComplete="off" placeholder={SOURCE_KINDS[kind].placeholder} className="font-mono text-sm" />
                  {kind !== 'drhard' && <UploadField onUploaded={(folder) => form.setValue('source.folder', folder, { shouldDirty: true, shouldValidate: true })} />}
                </>
              )}
            </Field>
          )}
          {kind !== 'wordnet' && (
            <Field label="Unreadable lines to leave out" error={errorOf('source.maxBadLines')} help="At most; they are listed. 0 stops at the first.">
              {(ids) => <Input {...ids} type="number" min={0} placeholder="0" {...form.register('source.maxBadLines', { setValueAs: (value) => (value === '' || value === undefined ? undefined : Number(value)) })} />}
            </Field>
          )}
        </div>
        <ImportFooter refusal={refusal} isSubmitting={isSubmitting} icon={<Upload />} />
      </form>
    </Panel>
  )
}

function FileList({ files }: { files: string[] }) {
  if (files.length === 0) return null
  return (
    <ul className="mb-1 flex flex-wrap gap-x-2 gap-y-0.5 font-mono text-xs">
      {files.map((file) => (
        <li key={file} className="rounded bg-sunken px-1">
          {file}
        </li>
      ))}
    </ul>
  )
}

interface UrlFieldsProps {
  form: UseFormReturn<NewDataset>
  errorOf: (path: Path<NewDataset>) => string | undefined
}

function UrlFields({ form, errorOf }: UrlFieldsProps) {
  const { errors } = form.formState
  const wrong = (errors.source as { urls?: { message?: string; root?: { message?: string } } & { message?: string }[] } | undefined)?.urls
  const problem = errorOf('source.urls') ?? wrong?.message ?? (Array.isArray(wrong) ? wrong.find(Boolean)?.message : undefined)
  return (
    <>
      <Field label="Addresses" error={problem} help="One a line; every file that the format needs.">
        {(ids) => (
          <textarea
            {...ids}
            rows={4}
            spellCheck={false}
            placeholder={SOURCE_KINDS.url.placeholder}
            onChange={(event) => form.setValue('source.urls', event.target.value.split(/\s+/).filter(Boolean), { shouldDirty: true, shouldValidate: form.formState.isSubmitted })}
            className="w-full min-w-0 rounded-md border border-line-strong/70 bg-surface px-2.5 py-1.5 font-mono text-sm text-ink aria-invalid:border-bad aria-invalid:bg-bad-soft"
          />
        )}
      </Field>
      <Field label="Read them as">
        {(ids) => (
          <Select {...ids} {...form.register('source.format')}>
            {FileFormat.options.map((format) => (
              <option key={format} value={format}>
                {SOURCE_KINDS[format].title}
              </option>
            ))}
          </Select>
        )}
      </Field>
    </>
  )
}
