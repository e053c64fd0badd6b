// Imports a data set: the bundled WordNet task, or a folder of TSV files on the server.
'use client'
import { zodResolver } from '@hookform/resolvers/zod'
import { useQueryClient } from '@tanstack/react-query'
import { Upload } from 'lucide-react'
import { useState } from 'react'
import { type Path, useForm, useWatch } from 'react-hook-form'
import { toast } from 'sonner'
import { NewDataset } from '@/contract/dataset'
import { ApiError, api, keys } from '@/components/api'
import { Button } from '@/components/ui/button'
import { Choice } from '@/components/ui/choice'
import { Field, Input } from '@/components/ui/field'
import { Notice } from '@/components/ui/notice'
import { Panel } from '@/components/ui/panel'

const KINDS = [
  { value: 'tsv', label: 'Folder of TSV files' },
  { value: 'wordnet', label: 'WordNet' },
] as const

const START: Record<NewDataset['source']['kind'], NewDataset> = {
  tsv: { name: '', source: { kind: 'tsv', folder: '' } },
  wordnet: { name: 'wordnet', source: { kind: 'wordnet' } },
}

export function ImportForm({ onImported }: { onImported: () => void }) {
  const client = useQueryClient()
  const form = useForm<NewDataset>({ resolver: zodResolver(NewDataset), defaultValues: START.tsv, mode: 'onTouched' })
  const [refusal, setRefusal] = useState<string | null>(null)
  const kind = useWatch({ control: form.control, name: 'source.kind' })
  const { isSubmitting } = form.formState
  const errorOf = (path: Path<NewDataset>) => form.getFieldState(path, form.formState).error?.message

  const submit = form.handleSubmit(async (input) => {
    setRefusal(null)
    try {
      const dataset = await api.importDataset(input)
      await client.invalidateQueries({ queryKey: keys.datasets })
      toast.success(`${dataset.name} is being imported`)
      form.reset(START[input.source.kind])
      onImported()
    } catch (error) {
      if (!(error instanceof ApiError)) throw error
      const fields = Object.entries(error.fields)
      for (const [path, message] of fields) form.setError(path as Path<NewDataset>, { type: 'server', message }, { shouldFocus: true })
      if (fields.length === 0) setRefusal(error.message)
    }
  })

  return (
    <Panel title="Import a data set">
      <form onSubmit={submit} noValidate className="flex flex-col gap-4">
        <Choice label="Where the data come from" value={kind} onChange={(next) => form.reset(START[next])} options={KINDS} />
        <div className="grid gap-4 sm:grid-cols-[minmax(0,16rem)_minmax(0,1fr)]">
          <Field label="Name" error={errorOf('name')} help="Letters, digits, dot, dash and underscore.">
            {(ids) => <Input {...ids} {...form.register('name')} autoComplete="off" />}
          </Field>
          {kind === 'tsv' ? (
            <Field label="Folder on the server" error={errorOf('source.folder')} help={<TsvHelp />}>
              {(ids) => <Input {...ids} {...form.register('source.folder')} autoComplete="off" placeholder="/data/my-collection" className="font-mono text-sm" />}
            </Field>
          ) : (
            <p className="self-center text-sm text-ink-2">
              Usage examples of WordNet as queries, the definitions of all 117,791 synsets as documents. It comes with the product; nothing is downloaded.
            </p>
          )}
        </div>
        {refusal && (
          <Notice tone="bad" role="alert" title="The server refused the import">
            {refusal}
          </Notice>
        )}
        <div>
          <Button type="submit" variant="primary" disabled={isSubmitting}>
            <Upload /> {isSubmitting ? 'Starting' : 'Import'}
          </Button>
        </div>
      </form>
    </Panel>
  )
}

function TsvHelp() {
  return (
    <>
      With <code className="font-mono">collection.tsv</code> (id, text), <code className="font-mono">queries.tsv</code> (id, text), <code className="font-mono">qrels.tsv</code> (query id, 0, document id, grade), and, if you like, <code className="font-mono">split.tsv</code> (query id, train, dev or test).
    </>
  )
}
