// A titled surface: the one container that pages are made of.
import type { ComponentProps, ReactNode } from 'react'
import { cn } from './class-names'

interface PanelProps extends Omit<ComponentProps<'section'>, 'title'> {
  title?: ReactNode
  note?: ReactNode
  actions?: ReactNode
  /** Class of the content below the title row. */
  bodyClassName?: string
}

export function Panel({ title, note, actions, className, bodyClassName, children, ...props }: PanelProps) {
  return (
    <section className={cn('min-w-0 rounded-lg border border-line bg-surface', className)} {...props}>
      {(title || actions) && (
        <header className={cn('flex min-h-11 items-center gap-x-3 gap-y-1 px-4 py-1.5', note && 'flex-wrap')}>
          {title && <h2 className="min-w-0 text-base">{title}</h2>}
          {note && <p className="text-xs text-ink-3">{note}</p>}
          {actions && <div className="ml-auto flex items-center gap-1">{actions}</div>}
        </header>
      )}
      <div className={cn('min-w-0 px-4 pb-4', !title && !actions && 'pt-4', bodyClassName)}>{children}</div>
    </section>
  )
}
