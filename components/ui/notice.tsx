// What stands in a view's place when there is nothing to show or it could not be read, and boxed remarks inside a view.
import { CircleAlert, Info, TriangleAlert } from 'lucide-react'
import type { ReactNode } from 'react'
import { cn } from './class-names'

export function EmptyState({ title, children, actions, icon }: { title: string; children?: ReactNode; actions?: ReactNode; icon?: ReactNode }) {
  return (
    <div className="flex flex-col items-center gap-3 px-4 py-12 text-center">
      {icon && <div className="text-ink-3 [&_svg]:size-7">{icon}</div>}
      <h2 className="text-lg">{title}</h2>
      {children && <div className="max-w-prose text-base text-pretty text-ink-2">{children}</div>}
      {actions && <div className="mt-1 flex flex-wrap justify-center gap-2">{actions}</div>}
    </div>
  )
}

const LOOKS = {
  info: { box: 'border-line bg-surface', icon: <Info className="text-accent" /> },
  warn: { box: 'border-warn/40 bg-warn-soft', icon: <TriangleAlert className="text-warn" /> },
  bad: { box: 'border-bad/40 bg-bad-soft', icon: <CircleAlert className="text-bad" /> },
} as const

export function Notice({ tone = 'info', title, children, actions, className, role }: { tone?: keyof typeof LOOKS; title: ReactNode; children?: ReactNode; actions?: ReactNode; className?: string; role?: 'alert' | 'status' }) {
  const look = LOOKS[tone]
  return (
    <div role={role} className={cn('flex flex-wrap items-start gap-x-3 gap-y-2 rounded-lg border px-4 py-3', look.box, className)}>
      <span className="mt-0.5 [&_svg]:size-4" aria-hidden>
        {look.icon}
      </span>
      <div className="min-w-0 flex-1 basis-60">
        <div className="text-base font-semibold">{title}</div>
        {children && <div className="mt-0.5 text-sm break-words text-ink-2">{children}</div>}
      </div>
      {actions && <div className="flex flex-wrap gap-2">{actions}</div>}
    </div>
  )
}
