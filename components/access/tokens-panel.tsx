// API tokens: listed, made (shown once), revoked after asking.
'use client'
import { zodResolver } from '@hookform/resolvers/zod'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { KeyRound } from 'lucide-react'
import { useState } from 'react'
import { useForm } from 'react-hook-form'
import { toast } from 'sonner'
import { NewToken, Scope, type TokenSummary } from '@/contract/access'
import { api, keys, messageOf } from '@/components/api'
import { formatAgo } from '@/components/format'
import { ReadState } from '@/components/shell/read-state'
import { useNow } from '@/components/shell/use-now'
import { Button } from '@/components/ui/button'
import { Checkbox } from '@/components/ui/checkbox'
import { ConfirmDialog } from '@/components/ui/confirm-dialog'
import { CopyButton } from '@/components/ui/copy-button'
import { Field, Input } from '@/components/ui/field'
import { Notice } from '@/components/ui/notice'
import { Panel } from '@/components/ui/panel'
import { SkeletonRows } from '@/components/ui/skeleton'

export const SCOPE_WORDS: Record<Scope, string> = { read: 'see everything', launch: 'launch, cancel, retry', admin: 'delete and administrate' }

export function TokensPanel() {
  const client = useQueryClient()
  const tokens = useQuery({ queryKey: keys.tokens, queryFn: ({ signal }) => api.tokens(signal) })
  const now = useNow(60_000)
  const reread = () => client.invalidateQueries({ queryKey: keys.tokens })
  const revoke = async (token: TokenSummary) => {
    try {
      await api.revokeToken(token.id)
      toast.success(`${token.name} is revoked`)
    } catch (error) {
      toast.error(messageOf(error))
    }
    await reread()
  }
  return (
    <Panel title="API tokens" note="for ./drhard launch, scripts and CI">
      <TokenForm onCreated={reread} />
      <ReadState data={tokens.data} error={tokens.error} what="The list of tokens" onRetry={() => void tokens.refetch()} skeleton={<SkeletonRows rows={2} className="h-10" />}>
        {(list) =>
          list.length === 0 ? (
            <p className="mt-4 text-sm text-ink-3">No token yet.</p>
          ) : (
            <ul className="mt-4 divide-y divide-line border-t border-line">
              {list.map((token) => (
                <li key={token.id} className="flex flex-wrap items-center gap-x-4 gap-y-1 py-2">
                  <span className="flex min-w-0 items-center gap-2 font-medium">
                    <KeyRound className="size-4 shrink-0 text-ink-3" aria-hidden />
                    <span className="truncate">{token.name}</span>
                  </span>
                  <span className="text-sm text-ink-2">{token.scopes.map((scope) => SCOPE_WORDS[scope]).join('; ')}</span>
                  <span className="text-xs text-ink-3">
                    by {token.createdBy} {formatAgo(new Date(token.createdAt), now)}; {token.usedAt ? `used ${formatAgo(new Date(token.usedAt), now)}` : 'never used'}
                    {token.expiresAt && `; ends ${new Date(token.expiresAt).toLocaleDateString('en-GB')}`}
                  </span>
                  <ConfirmDialog trigger={<Button size="sm" className="ml-auto">Revoke</Button>} title={`Revoke ${token.name}?`} action="Revoke the token" onConfirm={() => revoke(token)}>
                    Whatever uses it is refused from now on. This cannot be undone.
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

function TokenForm({ onCreated }: { onCreated: () => Promise<unknown> }) {
  const [created, setCreated] = useState<{ name: string; token: string } | null>(null)
  const { register, handleSubmit, reset, setError, formState } = useForm<NewToken>({ resolver: zodResolver(NewToken), defaultValues: { name: '', scopes: ['read', 'launch'] } })
  const create = handleSubmit(async (token) => {
    try {
      setCreated(await api.createToken(token))
      reset()
      await onCreated()
    } catch (error) {
      setError('name', { message: messageOf(error) })
    }
  })
  return (
    <>
      <form onSubmit={create} noValidate className="flex flex-wrap items-end gap-x-4 gap-y-3">
        <Field label="What it is for" error={formState.errors.name?.message} className="w-60">
          {(ids) => <Input {...ids} {...register('name')} placeholder="nightly runs" />}
        </Field>
        <fieldset className="flex flex-wrap items-center gap-x-4 gap-y-1 pb-1.5">
          <legend className="sr-only">What it may do</legend>
          {Scope.options.map((scope) => (
            <label key={scope} className="flex items-center gap-1.5 text-sm">
              <Checkbox value={scope} {...register('scopes')} />
              {SCOPE_WORDS[scope]}
            </label>
          ))}
          {formState.errors.scopes && <span className="text-xs font-medium text-bad">{formState.errors.scopes.message}</span>}
        </fieldset>
        <Field label="Days until it ends" error={formState.errors.days?.message} className="w-36">
          {(ids) => <Input {...ids} {...register('days', { setValueAs: (text: string | number | undefined) => (text === '' || text === undefined ? undefined : Number(text)) })} type="number" min={1} placeholder="never" />}
        </Field>
        <Button type="submit" disabled={formState.isSubmitting}>
          Make a token
        </Button>
      </form>
      {created && (
        <Notice className="mt-4" role="status" title={`The token “${created.name}” — copy it now, it is not shown again`} actions={<CopyButton text={created.token} label="Copy the token" />}>
          <code className="font-mono text-xs break-all">{created.token}</code>
        </Notice>
      )}
    </>
  )
}
