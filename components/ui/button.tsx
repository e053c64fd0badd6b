// Buttons and links that look like buttons; one primary per view.
import { type VariantProps, cva } from 'class-variance-authority'
import { PageLink } from './page-link'
import type { ComponentProps } from 'react'
import { cn } from './class-names'

export const buttonClass = cva(
  'inline-flex shrink-0 items-center justify-center gap-1.5 rounded-md border font-medium whitespace-nowrap transition-colors select-none disabled:cursor-not-allowed disabled:opacity-50 aria-disabled:opacity-50 [&_svg]:size-4 [&_svg]:shrink-0',
  {
    variants: {
      variant: {
        primary: 'border-ink bg-ink text-surface hover:not-disabled:opacity-85',
        secondary: 'border-line-strong/50 bg-surface text-ink hover:not-disabled:bg-hover',
        ghost: 'border-transparent bg-transparent text-ink-2 hover:not-disabled:bg-hover hover:not-disabled:text-ink',
        danger: 'border-bad/50 bg-surface text-bad hover:not-disabled:bg-bad-soft',
      },
      size: {
        sm: 'h-7 px-2 text-sm pointer-coarse:h-9',
        md: 'h-8 px-3 text-sm pointer-coarse:h-10',
        icon: 'size-8 pointer-coarse:size-10',
        'icon-sm': 'size-7 pointer-coarse:size-9',
      },
    },
    defaultVariants: { variant: 'secondary', size: 'md' },
  },
)

type Look = VariantProps<typeof buttonClass>

export function Button({ variant, size, className, type = 'button', ...props }: ComponentProps<'button'> & Look) {
  return <button type={type} className={cn(buttonClass({ variant, size }), className)} {...props} />
}

export function ButtonLink({ variant, size, className, ...props }: ComponentProps<typeof PageLink> & Look) {
  return <PageLink className={cn(buttonClass({ variant, size }), className)} {...props} />
}
