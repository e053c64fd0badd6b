// A native checkbox in the product's size and colour, with a touch target of its row.
import type { ComponentProps } from 'react'
import { cn } from './class-names'

export function Checkbox({ className, ...props }: Omit<ComponentProps<'input'>, 'type'>) {
  return <input type="checkbox" className={cn('block size-4 shrink-0 accent-(--accent)', className)} {...props} />
}
