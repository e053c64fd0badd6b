// What a view shows while its data are read and when they could not be: skeleton, then reason with a way on.
'use client'
import type { ReactNode } from 'react'
import { ApiError } from '@/components/api'
import { Button, ButtonLink } from '@/components/ui/button'
import { Notice } from '@/components/ui/notice'

export function ReadError({ error, what, onRetry }: { error: Error; what: string; onRetry: () => void }) {
  const missing = error instanceof ApiError && error.code === 'not-found'
  return (
    <Notice
      role="alert"
      tone={missing ? 'info' : 'bad'}
      title={missing ? `${what} does not exist` : `${what} could not be read`}
      actions={missing ? <ButtonLink href="/runs">All runs</ButtonLink> : <Button onClick={onRetry}>Try again</Button>}
    >
      {error.message}
    </Notice>
  )
}

interface ReadStateProps<T> {
  data: T | undefined
  error: Error | null
  what: string
  onRetry: () => void
  skeleton: ReactNode
  children: (data: T) => ReactNode
}

/** An error with data already on screen stands above them: the reader keeps what was read. */
export function ReadState<T>({ data, error, what, onRetry, skeleton, children }: ReadStateProps<T>) {
  if (data === undefined) return error ? <ReadError error={error} what={what} onRetry={onRetry} /> : <>{skeleton}</>
  return (
    <>
      {error && (
        <div className="mb-4">
          <ReadError error={error} what={what} onRetry={onRetry} />
        </div>
      )}
      {children(data)}
    </>
  )
}
