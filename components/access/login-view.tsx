// The page for signing in. It leads on to where one wanted to go, within this dashboard only.
'use client'
import { zodResolver } from '@hookform/resolvers/zod'
import { LogIn } from 'lucide-react'
import { useState } from 'react'
import { useForm } from 'react-hook-form'
import { Login } from '@/contract/access'
import { api, messageOf } from '@/components/api'
import { Button } from '@/components/ui/button'
import { Field, Input } from '@/components/ui/field'
import { Notice } from '@/components/ui/notice'

export function LoginView({ next }: { next: string }) {
  const [refusal, setRefusal] = useState<string | null>(null)
  const { register, handleSubmit, formState } = useForm<Login>({ resolver: zodResolver(Login), defaultValues: { name: '', password: '' } })
  const signIn = handleSubmit(async (login) => {
    setRefusal(null)
    try {
      await api.signIn(login)
      // A whole load: everything that was read as nobody is forgotten.
      location.assign(isOurs(next) ? next : '/runs')
    } catch (error) {
      setRefusal(messageOf(error))
    }
  })
  return (
    <form onSubmit={signIn} noValidate className="mx-auto mt-[12vh] flex w-full max-w-sm flex-col gap-4 rounded-lg border border-line bg-surface p-6">
      <h1 className="text-xl tracking-tight">Sign in to DRhard Studio</h1>
      {refusal && (
        <Notice tone="bad" role="alert" title="Not signed in">
          {refusal}
        </Notice>
      )}
      <Field label="Name" error={formState.errors.name?.message}>
        {(ids) => <Input {...ids} {...register('name')} autoComplete="username" autoFocus autoCapitalize="none" spellCheck={false} />}
      </Field>
      <Field label="Password" error={formState.errors.password?.message}>
        {(ids) => <Input {...ids} {...register('password')} type="password" autoComplete="current-password" />}
      </Field>
      <Button type="submit" variant="primary" disabled={formState.isSubmitting}>
        <LogIn /> {formState.isSubmitting ? 'Signing in' : 'Sign in'}
      </Button>
      <p className="text-xs text-ink-3">Accounts are made on the server: ./drhard account add NAME --role viewer</p>
    </form>
  )
}

/** A path of this dashboard, not an address elsewhere (//evil.example or /\evil.example count as one). */
export function isOurs(next: string): boolean {
  return /^\/(?![/\\])/.test(next)
}
