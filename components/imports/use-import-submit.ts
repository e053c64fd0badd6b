// Sends a form of an import: what the server says of a field stands at the field, the rest above the button. Used by both import forms.
'use client'
import { useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import type { FieldValues, Path, UseFormReturn } from 'react-hook-form'
import { toast } from 'sonner'
import { ApiError } from '@/components/api'

interface ImportSubmit<T extends FieldValues> {
  /** Throws ApiError. */
  send: (input: T) => Promise<{ name: string }>
  /** Of the list that the import is then in. */
  queryKey: readonly unknown[]
  onImported: (input: T) => void
}

/** The handler of the form's submit, and why the server refused the last one as a whole. */
export function useImportSubmit<T extends FieldValues>(form: UseFormReturn<T>, { send, queryKey, onImported }: ImportSubmit<T>) {
  const client = useQueryClient()
  const [refusal, setRefusal] = useState<string | null>(null)
  const submit = form.handleSubmit(async (input) => {
    setRefusal(null)
    try {
      const { name } = await send(input as T)
      await client.invalidateQueries({ queryKey })
      toast.success(`${name} is being imported`)
      onImported(input as T)
    } catch (error) {
      if (!(error instanceof ApiError)) throw error
      const fields = Object.entries(error.fields)
      for (const [path, message] of fields) form.setError(path as Path<T>, { type: 'server', message }, { shouldFocus: true })
      if (fields.length === 0) setRefusal(error.message)
    }
  })
  return { submit, refusal }
}
