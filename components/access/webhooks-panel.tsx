// Webhooks: addresses that are called when runs end; their secret is shown once.
'use client'
import { zodResolver } from '@hookform/resolvers/zod'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { useForm } from 'react-hook-form'
import { toast } from 'sonner'
import { NewWebhook, type WebhookSummary } from '@/contract/access'
import { api, keys, messageOf } from '@/components/api'
import { ReadState } from '@/components/shell/read-state'
import { Button } from '@/components/ui/button'
import { Checkbox } from '@/components/ui/checkbox'
import { ConfirmDialog } from '@/components/ui/confirm-dialog'
import { CopyButton } from '@/components/ui/copy-button'
import { Field, Input } from '@/components/ui/field'
import { Notice } from '@/components/ui/notice'
import { Panel } from '@/components/ui/panel'
import { SkeletonRows } from '@/components/ui/skeleton'

const STATES: NewWebhook['states'] = ['succeeded', 'failed', 'cancelled']
const POLL_MS = 10_000

export function WebhooksPanel() {
  const client = useQueryClient()
  const hooks = useQuery({ queryKey: keys.webhooks, queryFn: ({ signal }) => api.webhooks(signal), refetchInterval: POLL_MS })
  const reread = () => client.invalidateQueries({ queryKey: keys.webhooks })
  const remove = async (hook: WebhookSummary) => {
    try {
      await api.deleteWebhook(hook.id)
    } catch (error) {
      toast.error(messageOf(error))
    }
    await reread()
  }
  return (
    <Panel title="Webhooks" note="called when a run ends">
      <WebhookForm onCreated={reread} />
      <ReadState data={hooks.data} error={hooks.error} what="The list of webhooks" onRetry={() => void hooks.refetch()} skeleton={<SkeletonRows rows={1} className="h-10" />}>
        {(list) =>
          list.length === 0 ? (
            <p className="mt-4 text-sm text-ink-3">No webhook yet.</p>
          ) : (
            <ul className="mt-4 divide-y divide-line border-t border-line">
              {list.map((hook) => (
                <li key={hook.id} className="flex flex-wrap items-center gap-x-4 gap-y-1 py-2">
                  <span className="min-w-0 font-mono text-sm break-all">{hook.url}</span>
                  <span className="text-xs text-ink-3">
                    {hook.states.join(', ')}; {hook.delivered} delivered{hook.waiting > 0 && `, ${hook.waiting} waiting`}
                  </span>
                  {hook.lastError && <span className="text-xs text-warn">{hook.lastError}</span>}
                  <ConfirmDialog trigger={<Button size="sm" className="ml-auto">Remove</Button>} title="Remove this webhook?" action="Remove the webhook" onConfirm={() => remove(hook)}>
                    {hook.url} is not called any more, and what waits to be delivered is dropped.
                  </ConfirmDialog>
                </li>
              ))}
            </ul>
          )
        }
      </ReadState>
    </Panel>
  )
}

function WebhookForm({ onCreated }: { onCreated: () => Promise<unknown> }) {
  const [secret, setSecret] = useState<string | null>(null)
  const { register, handleSubmit, reset, setError, formState } = useForm<NewWebhook>({ resolver: zodResolver(NewWebhook), defaultValues: { url: '', states: ['succeeded', 'failed'] } })
  const create = handleSubmit(async (hook) => {
    try {
      setSecret((await api.createWebhook(hook)).secret)
      reset()
      await onCreated()
    } catch (error) {
      setError('url', { message: messageOf(error) })
    }
  })
  return (
    <>
      <form onSubmit={create} noValidate className="flex flex-wrap items-end gap-x-4 gap-y-3">
        <Field label="Address" error={formState.errors.url?.message} className="min-w-60 flex-1 basis-80">
          {(ids) => <Input {...ids} {...register('url')} type="url" placeholder="https://example.org/hooks/drhard" />}
        </Field>
        <fieldset className="flex flex-wrap items-center gap-x-4 gap-y-1 pb-1.5">
          <legend className="sr-only">Ends of runs</legend>
          {STATES.map((state) => (
            <label key={state} className="flex items-center gap-1.5 text-sm">
              <Checkbox value={state} {...register('states')} />
              {state}
            </label>
          ))}
          {formState.errors.states && <span className="text-xs font-medium text-bad">{formState.errors.states.message}</span>}
        </fieldset>
        <Button type="submit" disabled={formState.isSubmitting}>
          Add a webhook
        </Button>
      </form>
      {secret && (
        <Notice className="mt-4" role="status" title="The secret that signs its calls — copy it now, it is not shown again" actions={<CopyButton text={secret} label="Copy the secret" />}>
          <code className="font-mono text-xs break-all">{secret}</code>
        </Notice>
      )}
    </>
  )
}
