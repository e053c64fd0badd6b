// Title row of a page: where one is, what it is, what one can do here. Sets the window's title too.
'use client'
import { ChevronRight } from 'lucide-react'
import { PageLink } from '@/components/ui/page-link'
import { type ReactNode, useEffect } from 'react'

interface PageHeaderProps {
  title: ReactNode
  /** Title of the window, where `title` is not a plain text. */
  windowTitle?: string
  crumbs?: { href: string; label: string }[]
  note?: ReactNode
  actions?: ReactNode
}

export function PageHeader({ title, windowTitle, crumbs = [], note, actions }: PageHeaderProps) {
  const text = windowTitle ?? (typeof title === 'string' ? title : undefined)
  useEffect(() => {
    if (text) document.title = `${text} · DRhard Studio`
  }, [text])
  return (
    <header className="mb-4 flex flex-wrap items-start gap-x-4 gap-y-3">
      <div className="min-w-0 flex-1 basis-48">
        {crumbs.length > 0 && (
          <nav aria-label="Breadcrumb" className="mb-0.5 flex flex-wrap items-center gap-1 text-sm text-ink-3">
            {crumbs.map((crumb) => (
              <span key={crumb.href} className="flex min-w-0 items-center gap-1">
                <PageLink href={crumb.href} className="truncate hover:text-ink hover:underline">
                  {crumb.label}
                </PageLink>
                <ChevronRight className="size-3.5 shrink-0" aria-hidden />
              </span>
            ))}
          </nav>
        )}
        <h1 className="text-xl tracking-tight">{title}</h1>
        {note && <div className="mt-1 text-sm text-ink-2">{note}</div>}
      </div>
      {actions && <div className="flex flex-wrap items-center gap-2">{actions}</div>}
    </header>
  )
}
