// What may be wider than its place scrolls sideways, by keyboard too.
import type { ReactNode } from 'react'
import { cn } from './class-names'

export function ScrollX({ label, className, children }: { label: string; className?: string; children: ReactNode }) {
  return (
    <div role="region" aria-label={label} tabIndex={0} className={cn('overflow-x-auto border-t border-line', className)}>
      {children}
    </div>
  )
}
