// View state that lives in the address (filters, sort, checkpoint), so that a link shows what its sender saw.
'use client'
import { useSearchParams } from 'next/navigation'

/** Reads one parameter and gives a function that sets several; null removes one. */
export function useUrlState(): { get: (name: string) => string | null; set: (changes: Record<string, string | null>) => void } {
  const params = useSearchParams()
  return {
    get: (name) => params.get(name),
    set: (changes) => {
      const next = new URLSearchParams(window.location.search)
      for (const [name, value] of Object.entries(changes)) {
        if (value === null || value === '') next.delete(name)
        else next.set(name, value)
      }
      const query = next.toString().replaceAll('%2C', ',').replaceAll('%40', '@')
      window.history.replaceState(null, '', query ? `?${query}` : window.location.pathname)
    },
  }
}
