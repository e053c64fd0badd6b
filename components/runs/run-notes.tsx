// Notes on a run, in Markdown: read, or written with a preview a key away. What is typed is kept until it is saved or dropped.
'use client'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { Pencil } from 'lucide-react'
import dynamic from 'next/dynamic'
import { useId, useState } from 'react'
import { toast } from 'sonner'
import { api, keys, messageOf } from '@/components/api'
import { ReadState } from '@/components/shell/read-state'
import { Button } from '@/components/ui/button'
import { Panel } from '@/components/ui/panel'
import { SkeletonRows } from '@/components/ui/skeleton'

/** The parser is 40 kB compressed: it comes with the first note that is shown. */
const Markdown = dynamic(() => import('@/components/ui/markdown').then((module) => module.Markdown), { ssr: false, loading: () => <SkeletonRows rows={2} className="h-5" /> })

export function RunNotes({ runId, className }: { runId: string; className?: string }) {
  const client = useQueryClient()
  const notes = useQuery({ queryKey: keys.notes(runId), queryFn: ({ signal }) => api.notes(runId, signal) })
  const [draft, setDraft] = useState<string | null>(null)
  const [saving, setSaving] = useState(false)
  const field = useId()
  const save = async () => {
    setSaving(true)
    try {
      client.setQueryData(keys.notes(runId), await api.setNotes(runId, draft ?? ''))
      setDraft(null)
    } catch (error) {
      toast.error('The notes could not be saved', { description: messageOf(error) })
    } finally {
      setSaving(false)
    }
  }
  return (
    <Panel
      title="Notes"
      className={className}
      actions={
        draft === null &&
        notes.data && (
          <Button variant="ghost" size="sm" onClick={() => setDraft(notes.data.notes)}>
            <Pencil /> {notes.data.notes ? 'Edit' : 'Write'}
          </Button>
        )
      }
    >
      {draft !== null ? (
        <form
          onSubmit={(event) => {
            event.preventDefault()
            void save()
          }}
        >
          <label htmlFor={field} className="sr-only">
            Notes in Markdown
          </label>
          <textarea
            id={field}
            autoFocus
            value={draft}
            onChange={(event) => setDraft(event.target.value)}
            onKeyDown={(event) => {
              if (event.key === 'Enter' && (event.metaKey || event.ctrlKey)) void save()
              if (event.key === 'Escape' && draft === notes.data?.notes) setDraft(null)
            }}
            rows={8}
            maxLength={100_000}
            className="w-full rounded-md border border-line-strong/70 bg-surface px-2.5 py-2 font-mono text-sm"
          />
          <div className="mt-2 flex items-center gap-2">
            <Button type="submit" variant="primary" disabled={saving}>
              Save
            </Button>
            <Button onClick={() => setDraft(null)}>Drop the changes</Button>
            <span className="text-xs text-ink-3">Markdown; Ctrl+Enter saves</span>
          </div>
        </form>
      ) : (
        <ReadState data={notes.data} error={notes.error} what="The notes" onRetry={() => void notes.refetch()} skeleton={<SkeletonRows rows={2} className="h-5" />}>
          {(data) => (data.notes ? <Markdown text={data.notes} /> : <p className="text-sm text-ink-3">What this run is for, what came out, what to try next.</p>)}
        </ReadState>
      )}
    </Panel>
  )
}
