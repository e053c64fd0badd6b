// A small panel that opens from a button: for choices that need more than a list of actions.
'use client'
import { Popover } from 'radix-ui'
import type { ReactNode } from 'react'

interface PopupProps {
  trigger: ReactNode
  label: string
  children: ReactNode
  align?: 'start' | 'center' | 'end'
  open?: boolean
  onOpenChange?: (open: boolean) => void
}

export function Popup({ trigger, label, children, align = 'end', open, onOpenChange }: PopupProps) {
  return (
    <Popover.Root open={open} onOpenChange={onOpenChange}>
      <Popover.Trigger asChild>{trigger}</Popover.Trigger>
      <Popover.Portal>
        <Popover.Content aria-label={label} align={align} sideOffset={4} collisionPadding={8} className="z-50 w-[min(22rem,calc(100vw-1rem))] rounded-lg border border-line bg-raised p-3 shadow-float">
          {children}
        </Popover.Content>
      </Popover.Portal>
    </Popover.Root>
  )
}
