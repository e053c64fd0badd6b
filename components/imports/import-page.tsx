// The page of things that are imported: its list, and the form that opens above it, or at once where nothing is there. Used by data sets and
// models.
'use client'
import type { UseQueryResult } from '@tanstack/react-query'
import { Plus } from 'lucide-react'
import { type ReactNode, useState } from 'react'
import { PageHeader } from '@/components/shell/page-header'
import { ReadState } from '@/components/shell/read-state'
import { Button } from '@/components/ui/button'
import { cn } from '@/components/ui/class-names'
import { SkeletonRows } from '@/components/ui/skeleton'

interface ImportPageProps<T> {
  title: string
  query: UseQueryResult<T[]>
  /** What is said above the form where nothing is there. */
  none: string
  form: (onImported: () => void) => ReactNode
  card: (item: T) => ReactNode
}

export function ImportPage<T>({ title, query, none, form, card }: ImportPageProps<T>) {
  const [importing, setImporting] = useState(false)
  const isEmpty = query.data?.length === 0
  return (
    <>
      <PageHeader
        title={title}
        actions={
          !isEmpty && (
            <Button variant={importing ? 'secondary' : 'primary'} aria-expanded={importing} onClick={() => setImporting(!importing)}>
              <Plus className={cn('transition-transform', importing && 'rotate-45')} /> {importing ? 'Close the form' : 'Import'}
            </Button>
          )
        }
      />
      <ReadState data={query.data} error={query.error} what={`The list of ${title.toLowerCase()}`} onRetry={() => void query.refetch()} skeleton={<SkeletonRows rows={3} className="h-28" />}>
        {(list) => (
          <div className="flex flex-col gap-4">
            {isEmpty && <p className="max-w-prose text-ink-2">{none}</p>}
            {(importing || isEmpty) && form(() => setImporting(false))}
            {list.map(card)}
          </div>
        )}
      </ReadState>
    </>
  )
}
