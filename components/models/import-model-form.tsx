// Imports a model: from a folder on the server, or from the Hugging Face hub.
'use client'
import { zodResolver } from '@hookform/resolvers/zod'
import { Download } from 'lucide-react'
import { type Path, type Resolver, useForm, useWatch } from 'react-hook-form'
import type { z } from 'zod'
import { NewModel } from '@/contract/model'
import { api, keys } from '@/components/api'
import { ImportFooter } from '@/components/imports/import-footer'
import { useImportSubmit } from '@/components/imports/use-import-submit'
import { Choice } from '@/components/ui/choice'
import { Field, Input, Select } from '@/components/ui/field'
import { Panel } from '@/components/ui/panel'

type Draft = z.input<typeof NewModel>

const KINDS = [
  { value: 'folder', label: 'Folder on the server' },
  { value: 'hub', label: 'Hugging Face hub' },
] as const

const START: Record<Draft['source']['kind'], Draft> = {
  folder: { name: '', source: { kind: 'folder', folder: '' }, options: {} },
  hub: { name: '', source: { kind: 'hub', id: '', revision: 'main' }, options: {} },
}
/** An empty field or choice is one that the model's files decide. */
const emptyAsAbsent = { setValueAs: (value: unknown) => (value === '' ? undefined : value) }

export function ImportModelForm({ onImported }: { onImported: () => void }) {
  const form = useForm<Draft>({ resolver: zodResolver(NewModel) as unknown as Resolver<Draft>, defaultValues: START.folder, mode: 'onTouched' })
  const kind = useWatch({ control: form.control, name: 'source.kind' })
  const { isSubmitting } = form.formState
  const errorOf = (path: Path<Draft>) => form.getFieldState(path, form.formState).error?.message

  const { submit, refusal } = useImportSubmit(form, {
    send: api.importModel,
    queryKey: keys.models,
    onImported: (input) => {
      form.reset(START[input.source.kind])
      onImported()
    },
  })

  return (
    <Panel title="Import a model">
      <form onSubmit={submit} noValidate className="flex flex-col gap-4">
        <Choice label="Where the model comes from" value={kind} onChange={(next) => form.reset({ ...START[next], name: form.getValues('name') })} options={KINDS} />
        <div className="grid gap-4 sm:grid-cols-2 lg:grid-cols-3">
          <Field label="Name" error={errorOf('name')} help="Letters, digits, dot, dash and underscore.">
            {(ids) => <Input {...ids} {...form.register('name')} autoComplete="off" />}
          </Field>
          {kind === 'folder' ? (
            <>
              <Field label="Folder" error={errorOf('source.folder')} help="With config.json, model.safetensors or pytorch_model.bin, and the tokenizer; a sentence-transformers folder too.">
                {(ids) => <Input {...ids} {...form.register('source.folder')} autoComplete="off" placeholder="/models/star" className="font-mono text-sm" />}
              </Field>
              <Field label="Folder of the tokenizer" error={errorOf('source.tokenizerFolder')} help="Only where it does not lie beside the weights.">
                {(ids) => <Input {...ids} {...form.register('source.tokenizerFolder', emptyAsAbsent)} autoComplete="off" placeholder="/models/roberta-base" className="font-mono text-sm" />}
              </Field>
            </>
          ) : (
            <>
              <Field label="Id" error={errorOf('source.id')} help="Its files are downloaded by a worker.">
                {(ids) => <Input {...ids} {...form.register('source.id')} autoComplete="off" placeholder="sentence-transformers/all-MiniLM-L6-v2" className="font-mono text-sm" />}
              </Field>
              <Field label="Revision" error={errorOf('source.revision')} help="A branch, tag or commit; the commit is recorded.">
                {(ids) => <Input {...ids} {...form.register('source.revision')} autoComplete="off" className="font-mono text-sm" />}
              </Field>
            </>
          )}
          <Field label="Pooling" error={errorOf('options.pooling')} help="What the embedding is made of.">
            {(ids) => (
              <Select {...ids} {...form.register('options.pooling', emptyAsAbsent)}>
                <option value="">as its files say, else the first token</option>
                <option value="first">first token</option>
                <option value="mean">mean of all tokens</option>
              </Select>
            )}
          </Field>
          <Field label="Treatment of text" error={errorOf('options.tokenizerMode')} help="Of RoBERTa’s tokenizer; BERT’s say it themselves.">
            {(ids) => (
              <Select {...ids} {...form.register('options.tokenizerMode', emptyAsAbsent)}>
                <option value="">DRhard’s for its checkpoints, else today’s</option>
                <option value="original">DRhard’s: lower-cased, transformers 2.x</option>
                <option value="current">transformers of today</option>
              </Select>
            )}
          </Field>
        </div>
        <ImportFooter refusal={refusal} isSubmitting={isSubmitting} icon={<Download />} />
      </form>
    </Panel>
  )
}
