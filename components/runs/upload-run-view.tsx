// Uploads a run file of another system: it becomes a run, is judged, and stands beside ours in every chart and comparison.
'use client'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { FileUp, Upload } from 'lucide-react'
import { useRouter } from 'next/navigation'
import { type FormEvent, useRef, useState } from 'react'
import { toast } from 'sonner'
import type { DatasetSummary } from '@/contract/dataset'
import { api, keys, messageOf } from '@/components/api'
import { formatBytes } from '@/components/format'
import { uploadFiles, type UploadProgress } from '@/components/upload-files'
import { UploadProgressBar } from '@/components/upload-progress'
import { PageHeader } from '@/components/shell/page-header'
import { ReadState } from '@/components/shell/read-state'
import { Button, ButtonLink } from '@/components/ui/button'
import { cn } from '@/components/ui/class-names'
import { Field, Input, Select } from '@/components/ui/field'
import { EmptyState, Notice } from '@/components/ui/notice'
import { Panel } from '@/components/ui/panel'
import { Skeleton } from '@/components/ui/skeleton'

export function UploadRunView() {
  const datasets = useQuery({ queryKey: keys.datasets, queryFn: ({ signal }) => api.datasets(signal) })
  return (
    <>
      <PageHeader title="Upload a run file" crumbs={[{ href: '/runs', label: 'Runs' }]} note="The ranking of another system, such as Pyserini or Tevatron, judged on the same queries as your runs." />
      <ReadState data={datasets.data} error={datasets.error} what="The list of data sets" onRetry={() => void datasets.refetch()} skeleton={<Skeleton className="h-72 rounded-lg" />}>
        {(all) => {
          const ready = all.filter((dataset) => dataset.state === 'ready')
          if (ready.length > 0) return <UploadForm datasets={ready} />
          return (
            <EmptyState title="There is no data set to judge on yet" actions={<ButtonLink href="/datasets">Import a data set</ButtonLink>}>
              A run file is judged with the judgements of an imported data set.
            </EmptyState>
          )
        }}
      </ReadState>
    </>
  )
}

function UploadForm({ datasets }: { datasets: DatasetSummary[] }) {
  const router = useRouter()
  const client = useQueryClient()
  const [datasetId, setDatasetId] = useState(datasets[0].id)
  const [name, setName] = useState('')
  const [file, setFile] = useState<File | null>(null)
  const [isDropping, setDropping] = useState(false)
  const [isSending, setSending] = useState(false)
  const [going, setGoing] = useState<UploadProgress | null>(null)
  const stop = useRef<AbortController | null>(null)
  const [refusal, setRefusal] = useState<string | null>(null)

  const submit = async (event: FormEvent) => {
    event.preventDefault()
    if (!file) return setRefusal('Choose a file')
    setRefusal(null)
    setSending(true)
    stop.current = new AbortController()
    try {
      const { upload } = await uploadFiles([file], { signal: stop.current.signal, onProgress: setGoing })
      setGoing(null)
      const { runs } = await api.judgeUpload({ datasetId, name, upload, file: file.name })
      await client.invalidateQueries({ queryKey: keys.runs })
      toast.success(`${runs[0].name} is uploaded and being judged`)
      router.push(`/runs/${runs[0].id}`)
    } catch (error) {
      if (!stop.current.signal.aborted) setRefusal(messageOf(error))
      setGoing(null)
      setSending(false)
    }
  }

  return (
    <Panel className="max-w-3xl">
      <form onSubmit={submit} className="flex flex-col gap-4">
        <Field label="Run file" help="TREC (query Q0 document rank score tag), MS MARCO (query, document, rank) or query, document, score; gzipped if you like. Ids are the data set’s official ones.">
          {(ids) => (
            <label
              onDragOver={(event) => {
                event.preventDefault()
                setDropping(true)
              }}
              onDragLeave={() => setDropping(false)}
              onDrop={(event) => {
                event.preventDefault()
                setDropping(false)
                setFile(event.dataTransfer.files[0] ?? null)
              }}
              className={cn('flex min-h-24 cursor-pointer flex-col items-center justify-center gap-1 rounded-md border border-dashed border-line-strong px-4 py-3 text-center text-sm text-ink-2 hover:bg-hover has-focus-visible:outline-2 has-focus-visible:outline-accent', isDropping && 'border-accent bg-accent-soft')}
            >
              <FileUp className="size-5 text-ink-3" aria-hidden />
              {file ? (
                <span className="flex max-w-full gap-1.5">
                  <span className="min-w-0 truncate font-medium text-ink">{file.name}</span>
                  <span className="shrink-0 text-ink-3">{formatBytes(file.size)}</span>
                </span>
              ) : (
                <span>Choose a file, or drop it here</span>
              )}
              <input {...ids} type="file" className="sr-only" onChange={(event) => setFile(event.target.files?.[0] ?? null)} />
            </label>
          )}
        </Field>
        <div className="grid gap-4 sm:grid-cols-2">
          <Field label="Data set">
            {(ids) => (
              <Select {...ids} value={datasetId} onChange={(event) => setDatasetId(event.target.value)}>
                {datasets.map((dataset) => (
                  <option key={dataset.id} value={dataset.id}>
                    {dataset.name}
                  </option>
                ))}
              </Select>
            )}
          </Field>
          <Field label="Name" help="Left empty: the tag in the file.">
            {(ids) => <Input {...ids} value={name} maxLength={80} autoComplete="off" onChange={(event) => setName(event.target.value)} />}
          </Field>
        </div>
        {refusal && (
          <Notice tone="bad" role="alert" title="The file was not accepted">
            {refusal}
          </Notice>
        )}
        {going && <UploadProgressBar progress={going} onStop={() => stop.current?.abort()} />}
        <div>
          <Button type="submit" variant="primary" disabled={isSending}>
            <Upload /> {going ? 'Uploading' : isSending ? 'Checking' : 'Upload and judge'}
          </Button>
        </div>
      </form>
    </Panel>
  )
}
