// Tries a query of one's own against a checkpoint of a run and its collection: a worker encodes it and searches, the documents appear here.
'use client'
import { useQuery } from '@tanstack/react-query'
import { LoaderCircle, Search } from 'lucide-react'
import { type FormEvent, useState } from 'react'
import type { TriedQuery } from '@/contract/query'
import { isTrained } from '@/contract/run'
import { ApiError, api, keys } from '@/components/api'
import { LineMark } from '@/components/charts/line-mark'
import { useConnection } from '@/components/connection'
import { CheckpointSelect } from '@/components/queries/checkpoint-select'
import { MarkedText } from '@/components/queries/marked-text'
import { queryTerms } from '@/components/queries/prepare-highlight'
import { useCheckpoint } from '@/components/queries/use-checkpoint'
import { PageHeader } from '@/components/shell/page-header'
import { ReadState } from '@/components/shell/read-state'
import { Button, ButtonLink } from '@/components/ui/button'
import { Field, Input } from '@/components/ui/field'
import { EmptyState, Notice } from '@/components/ui/notice'
import { Panel } from '@/components/ui/panel'
import { SkeletonRows } from '@/components/ui/skeleton'
import { useRun } from '@/components/use-run-events'

const POLL_MS = 300
const isOpen = (state: TriedQuery['state']) => state === 'waiting' || state === 'queued' || state === 'running'

export function TryView({ runId }: { runId: string }) {
  const { run, error, retry } = useRun(runId)
  const { checkpoint, setCheckpoint } = useCheckpoint(run)
  return (
    <ReadState data={run} error={error} what="The run" onRetry={retry} skeleton={<SkeletonRows rows={5} className="h-12" />}>
      {(data) => (
        <>
          <PageHeader
            windowTitle={`Try ${data.name}`}
            title="Try a query"
            crumbs={[{ href: '/runs', label: 'Runs' }, { href: `/runs/${data.id}`, label: data.name }]}
            note={
              <span className="inline-flex items-center gap-2">
                <LineMark colorIndex={data.colorIndex} /> searches the documents of {data.datasetName}
              </span>
            }
            actions={checkpoint !== null && <CheckpointSelect run={data} value={checkpoint} onChange={setCheckpoint} />}
          />
          {!isTrained(data.config) || checkpoint === null ? (
            <EmptyState title={isTrained(data.config) ? 'No checkpoint can be searched yet' : 'This run has no encoder'} actions={<ButtonLink href={`/runs/${data.id}`}>The run</ButtonLink>}>
              {isTrained(data.config) ? 'Come back after its first checkpoint.' : 'Queries can be tried with runs that are trained.'}
            </EmptyState>
          ) : (
            <TryForm key={checkpoint} runId={runId} checkpoint={checkpoint} />
          )}
        </>
      )}
    </ReadState>
  )
}

function TryForm({ runId, checkpoint }: { runId: string; checkpoint: number }) {
  const [text, setText] = useState('')
  const [asked, setAsked] = useState<{ id: string; text: string } | null>(null)
  const [problem, setProblem] = useState<Error | null>(null)
  const [sending, setSending] = useState(false)
  const tried = useQuery({
    queryKey: keys.triedQuery(runId, asked?.id ?? ''),
    queryFn: ({ signal }) => api.triedQuery(runId, asked!.id, signal),
    enabled: asked !== null,
    refetchInterval: ({ state }) => (!state.data || isOpen(state.data.state) ? POLL_MS : false),
  })
  const search = async (event: FormEvent) => {
    event.preventDefault()
    setSending(true)
    setProblem(null)
    try {
      const { id } = await api.tryQuery(runId, { text, checkpoint })
      setAsked({ id, text })
    } catch (error) {
      setProblem(error as Error)
    } finally {
      setSending(false)
    }
  }
  const field = problem instanceof ApiError ? problem.fields.text : undefined
  return (
    <>
      <form role="search" onSubmit={(event) => void search(event)} className="mb-4 flex flex-wrap items-end gap-2">
        <Field label="Query" error={field} className="min-w-0 flex-1 basis-72 sm:max-w-[40rem]">
          {(ids) => <Input {...ids} type="search" autoFocus value={text} maxLength={2000} onChange={(event) => setText(event.target.value)} placeholder="what you would ask the collection" />}
        </Field>
        <Button type="submit" variant="primary" disabled={sending || text.trim() === ''}>
          <Search /> Search
        </Button>
      </form>
      {problem && !field && (
        <Notice tone="bad" role="alert" title="The query could not be tried">
          {problem.message}
        </Notice>
      )}
      {asked && (
        <ReadState data={tried.data} error={tried.error} what="What it found" onRetry={() => void tried.refetch()} skeleton={<SkeletonRows rows={5} className="h-14" />}>
          {(data) => <Outcome tried={data} text={asked.text} />}
        </ReadState>
      )}
    </>
  )
}

function Outcome({ tried: { state, reason, docs }, text }: { tried: TriedQuery; text: string }) {
  const lost = useConnection().state === 'lost'
  if (docs)
    return (
      <Panel title="Found" note={`the first ${docs.length} documents, by inner product`} bodyClassName="px-0 pb-0">
        <ol data-tried>
          {docs.map((doc) => (
            <li key={doc.row} className="grid grid-cols-[2.25rem_minmax(0,1fr)] gap-x-3 border-t border-line px-4 py-2.5">
              <span className="tabular pt-px text-right text-base font-medium text-ink-3">{doc.rank}</span>
              <div className="min-w-0">
                <p className="max-w-[90ch] text-base break-words whitespace-pre-line">
                  <MarkedText text={doc.text} terms={queryTerms(text)} />
                </p>
                <p className="tabular mt-0.5 flex gap-x-3 text-xs text-ink-3">
                  <span className="font-mono">{doc.id}</span> score {doc.score.toFixed(3)}
                </p>
              </div>
            </li>
          ))}
        </ol>
      </Panel>
    )
  if (isOpen(state))
    return (
      <p role="status" className="flex items-center gap-2 text-sm text-ink-2">
        <LoaderCircle className="size-4 animate-spin" aria-hidden /> {lost ? 'Not connected; it goes on by itself' : (reason ?? (state === 'running' ? 'A worker searches' : 'Waits for a worker'))}
      </p>
    )
  return (
    <Notice tone="bad" role="alert" title="The search failed">
      {reason ?? 'No reason was recorded; the worker’s log may say more.'}
    </Notice>
  )
}
