// Appears when runs are selected: what can be done to all of them at once.
'use client'
import { Archive, ArchiveRestore, Equal, GitCompareArrows, Tag, Trash2, X } from 'lucide-react'
import { type FormEvent, useState } from 'react'
import type { RunRow } from '@/contract/run-table'
import { Button, ButtonLink } from '@/components/ui/button'
import { Input } from '@/components/ui/field'
import { Popup } from '@/components/ui/popover'
import type { BulkActions } from './use-bulk-actions'

/** What GET /api/compare takes. */
const MOST_COMPARED = 20

interface SelectionBarProps {
  runs: RunRow[]
  archived: boolean
  actions: BulkActions
  onBaseline: (id: string) => void
  onClear: () => void
}

export function SelectionBar({ runs, archived, actions, onBaseline, onClear }: SelectionBarProps) {
  if (runs.length === 0) return null
  const thenClear = (work: void | Promise<void>) => {
    void work
    onClear()
  }
  return (
    <div role="region" aria-label="Selected runs" className="fixed inset-x-4 bottom-18 z-20 mx-auto flex w-fit max-w-[calc(100vw-2rem)] flex-wrap items-center gap-1.5 rounded-lg border border-line bg-raised p-2 pl-4 shadow-float md:bottom-6">
      <span className="tabular mr-2 text-sm font-medium">{runs.length} selected</span>
      {runs.length === 1 && (
        <Button variant="ghost" onClick={() => thenClear(onBaseline(runs[0].id))}>
          <Equal /> Baseline
        </Button>
      )}
      <TagPopup onTag={(tag) => thenClear(actions.tag(runs, tag))} />
      {archived ? (
        <Button variant="ghost" onClick={() => thenClear(actions.unarchive(runs))}>
          <ArchiveRestore /> Unarchive
        </Button>
      ) : (
        <Button variant="ghost" onClick={() => thenClear(actions.archive(runs))}>
          <Archive /> Archive
        </Button>
      )}
      <Button variant="ghost" onClick={() => thenClear(actions.remove(runs))} className="text-bad">
        <Trash2 /> Delete
      </Button>
      <Button variant="ghost" size="icon" aria-label="Clear the selection" onClick={onClear}>
        <X />
      </Button>
      {runs.length <= MOST_COMPARED ? (
        <ButtonLink href={`/compare?runs=${runs.map((run) => run.id).join(',')}`} variant="primary">
          <GitCompareArrows /> Compare
        </ButtonLink>
      ) : (
        <span className="px-2 text-xs text-ink-3">At most {MOST_COMPARED} are compared</span>
      )}
    </div>
  )
}

function TagPopup({ onTag }: { onTag: (tag: string) => void }) {
  const [tag, setTag] = useState('')
  const valid = /^[^\s,;]{1,40}$/.test(tag.trim())
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (valid) onTag(tag.trim())
  }
  return (
    <Popup
      label="Tag the runs"
      align="center"
      trigger={
        <Button variant="ghost">
          <Tag /> Tag
        </Button>
      }
    >
      <form onSubmit={submit} className="flex gap-2">
        <Input aria-label="Tag" placeholder="One word" value={tag} maxLength={40} onChange={(e) => setTag(e.target.value)} />
        <Button type="submit" variant="primary" disabled={!valid}>
          Add
        </Button>
      </form>
    </Popup>
  )
}
