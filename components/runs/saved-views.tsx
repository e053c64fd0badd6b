// Views of the table of runs under a name, shared by everybody: an address, kept.
'use client'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { Bookmark, Trash2 } from 'lucide-react'
import { PageLink } from '@/components/ui/page-link'
import { useSearchParams } from 'next/navigation'
import { type FormEvent, useState } from 'react'
import { toast } from 'sonner'
import { api, keys, messageOf } from '@/components/api'
import { Button } from '@/components/ui/button'
import { Input } from '@/components/ui/field'
import { Popup } from '@/components/ui/popover'

export function SavedViews() {
  const client = useQueryClient()
  const [open, setOpen] = useState(false)
  const [name, setName] = useState('')
  const views = useQuery({ queryKey: keys.views, queryFn: ({ signal }) => api.views(signal), enabled: open })
  const query = useSearchParams().toString()
  const act = async (work: Promise<unknown>, done: string) => {
    try {
      await work
      await client.invalidateQueries({ queryKey: keys.views })
      toast.success(done)
    } catch (error) {
      toast.error(messageOf(error))
    }
  }
  const save = async (event: FormEvent) => {
    event.preventDefault()
    if (name.trim() === '') return
    await act(api.saveView({ name: name.trim(), query }), `View ${name.trim()} is saved`)
    setName('')
  }
  return (
    <Popup
      label="Views"
      align="start"
      open={open}
      onOpenChange={setOpen}
      trigger={
        <Button>
          <Bookmark /> Views
        </Button>
      }
    >
      <div className="flex flex-col gap-3">
        {views.error ? (
          <p role="alert" className="text-sm text-bad">
            {views.error.message}
          </p>
        ) : views.data?.length === 0 ? (
          <p className="text-sm text-ink-2">No view is saved yet. A view is what the table shows now: filters, order, columns.</p>
        ) : (
          <ul className="max-h-72 overflow-y-auto">
            {views.data?.map((view) => (
              <li key={view.name} className="flex items-center rounded hover:bg-hover">
                <PageLink href={view.query ? `/runs?${view.query}` : '/runs'} onClick={() => setOpen(false)} aria-current={view.query === query ? 'true' : undefined} className="min-w-0 flex-1 truncate px-2 py-1.5 text-sm aria-[current]:font-semibold">
                  {view.name}
                </PageLink>
                <button type="button" aria-label={`Delete the view ${view.name}`} onClick={() => void act(api.deleteView(view.name), `View ${view.name} is deleted`)} className="rounded p-1.5 text-ink-3 hover:text-bad">
                  <Trash2 className="size-3.5" aria-hidden />
                </button>
              </li>
            ))}
          </ul>
        )}
        <form onSubmit={save} className="flex gap-2 border-t border-line pt-3">
          <Input aria-label="Name of the view" placeholder="Name of this view" value={name} maxLength={60} onChange={(e) => setName(e.target.value)} />
          <Button type="submit" variant="primary" disabled={name.trim() === ''}>
            Save
          </Button>
        </form>
      </div>
    </Popup>
  )
}
