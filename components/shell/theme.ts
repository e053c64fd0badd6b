// Light, dark or the system's theme. The choice lives in localStorage; a script in <head> applies it before the first paint.
'use client'
import { useSyncExternalStore } from 'react'

export type Theme = 'system' | 'light' | 'dark'

const KEY = 'drhard-theme'
const listeners = new Set<() => void>()

function apply(): void {
  const dark = read() === 'dark' || (read() === 'system' && matchMedia('(prefers-color-scheme: dark)').matches)
  document.documentElement.classList.toggle('dark', dark)
}

function read(): Theme {
  const stored = localStorage.getItem(KEY)
  return stored === 'light' || stored === 'dark' ? stored : 'system'
}

export function setTheme(theme: Theme): void {
  localStorage.setItem(KEY, theme)
  apply()
  for (const listener of listeners) listener()
}

function subscribe(listener: () => void): () => void {
  const media = matchMedia('(prefers-color-scheme: dark)')
  const follow = () => {
    apply()
    listener()
  }
  media.addEventListener('change', follow)
  window.addEventListener('storage', follow)
  listeners.add(listener)
  return () => {
    media.removeEventListener('change', follow)
    window.removeEventListener('storage', follow)
    listeners.delete(listener)
  }
}

export const useTheme = () => useSyncExternalStore<Theme>(subscribe, read, () => 'system')
