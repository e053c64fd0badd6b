// Whether a media query holds, for views that draw something else on small screens. On the server the wide one is assumed.
'use client'
import { useSyncExternalStore } from 'react'

/** Tailwind's md. */
export const WIDE_SCREEN = '(min-width: 48rem)'

export function useMedia(query: string): boolean {
  return useSyncExternalStore(
    (listener) => {
      const media = matchMedia(query)
      media.addEventListener('change', listener)
      return () => media.removeEventListener('change', listener)
    },
    () => matchMedia(query).matches,
    () => true,
  )
}
