// Joins class names; the last of two conflicting Tailwind classes wins, so a caller can override a component.
import { type ClassValue, clsx } from 'clsx'
import { twMerge } from 'tailwind-merge'

export function cn(...values: ClassValue[]): string {
  return twMerge(clsx(values))
}
