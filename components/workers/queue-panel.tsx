// The queue above the workers: how much waits, and the switch that pauses it with a reason for whoever wonders.
'use client'
import { zodResolver } from '@hookform/resolvers/zod'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { Pause, Play } from 'lucide-react'
import { useForm } from 'react-hook-form'
import { toast } from 'sonner'
import { z } from 'zod'
import { api, keys, messageOf } from '@/components/api'
import { formatCount } from '@/components/format'
import { Button } from '@/components/ui/button'
import { Field, Input } from '@/components/ui/field'
import { Notice } from '@/components/ui/notice'
import { Popup } from '@/components/ui/popover'

const POLL_MS = 4000
const PauseForm = z.object({ reason: z.string().trim().min(1, 'Say why, for whoever wonders').max(200, 'At most 200 characters') })

export function QueuePanel() {
  const client = useQueryClient()
  const queue = useQuery({ queryKey: keys.queue, queryFn: ({ signal }) => api.queue(signal), refetchInterval: POLL_MS })
  const change = async (act: () => Promise<unknown>) => {
    try {
      await act()
    } catch (error) {
      toast.error(messageOf(error))
    }
    await client.invalidateQueries({ queryKey: keys.queue })
  }
  if (!queue.data) return null
  const { pause, queued, running } = queue.data
  const counts = `${formatCount(running)} step${running === 1 ? '' : 's'} running, ${formatCount(queued)} queued`
  if (pause)
    return (
      <Notice
        tone="warn"
        role="status"
        className="mb-4"
        title="The queue is paused: no step is begun"
        actions={
          <Button variant="primary" onClick={() => void change(api.resumeQueue)}>
            <Play /> Resume
          </Button>
        }
      >
        {pause.by ? `${pause.by}: ` : ''}
        {pause.reason} (since {new Date(pause.at).toLocaleString('en-GB')}; {counts})
      </Notice>
    )
  return (
    <div className="mb-4 flex flex-wrap items-center gap-3 text-sm text-ink-2">
      <span className="tabular">{counts}</span>
      <Popup
        label="Pause the queue"
        trigger={
          <Button size="sm">
            <Pause /> Pause the queue
          </Button>
        }
      >
        <PauseQueueForm onPause={(reason) => change(() => api.pauseQueue(reason))} />
      </Popup>
    </div>
  )
}

function PauseQueueForm({ onPause }: { onPause: (reason: string) => Promise<void> }) {
  const { register, handleSubmit, formState } = useForm<z.infer<typeof PauseForm>>({ resolver: zodResolver(PauseForm), defaultValues: { reason: '' } })
  return (
    <form onSubmit={handleSubmit(({ reason }) => onPause(reason))} noValidate className="flex w-72 max-w-full flex-col gap-3">
      <Field label="Why" error={formState.errors.reason?.message} help="Running steps go on; no other is begun until the queue is resumed.">
        {(ids) => <Input {...ids} {...register('reason')} autoFocus placeholder="the disks are being changed" />}
      </Field>
      <Button type="submit" variant="primary" disabled={formState.isSubmitting}>
        <Pause /> Pause the queue
      </Button>
    </form>
  )
}
