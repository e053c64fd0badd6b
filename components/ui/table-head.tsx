// The head of a table: what a row is, then a column each. One look for all tables of values.
import type { ReactNode } from 'react'
import { cn } from './class-names'

export interface HeadColumn {
  key: string
  title: ReactNode
  align?: 'left' | 'right'
}

/** `first` stays in place while the table scrolls sideways. `density`: dense for tables of many narrow columns. */
export function TableHead({ first, columns, density = 'plain' }: { first: string; columns: HeadColumn[]; density?: 'plain' | 'dense' }) {
  return (
    <thead>
      <tr className="text-left text-xs text-ink-3">
        <th scope="col" className="sticky left-0 bg-surface py-2 pr-4 pl-4 font-medium whitespace-nowrap">
          {first}
        </th>
        {columns.map(({ key, title, align }) => (
          <th key={key} scope="col" className={cn('py-2 font-medium whitespace-nowrap', density === 'dense' ? 'px-2 last:pr-4' : 'px-4', align === 'right' && 'text-right')}>
            {title}
          </th>
        ))}
      </tr>
    </thead>
  )
}

/** Columns of these names. */
export const namedColumns = (names: readonly string[], align?: HeadColumn['align']): HeadColumn[] => names.map((name) => ({ key: name, title: name, align }))
