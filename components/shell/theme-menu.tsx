// Chooses the theme; stands in the navigation.
'use client'
import { Monitor, Moon, Sun } from 'lucide-react'
import { Button } from '@/components/ui/button'
import { Menu, MenuRadio } from '@/components/ui/menu'
import { type Theme, setTheme, useTheme } from './theme'

const OPTIONS = [
  { value: 'system', label: 'As the system', icon: <Monitor /> },
  { value: 'light', label: 'Light', icon: <Sun /> },
  { value: 'dark', label: 'Dark', icon: <Moon /> },
]

export function ThemeMenu({ className }: { className?: string }) {
  const theme = useTheme()
  return (
    <Menu
      trigger={
        <Button variant="ghost" size="icon" aria-label={`Theme: ${theme}`} title="Theme" className={className}>
          <Sun className="dark:hidden" />
          <Moon className="hidden dark:block" />
        </Button>
      }
    >
      <MenuRadio value={theme} onChange={(value) => setTheme(value as Theme)} options={OPTIONS} />
    </Menu>
  )
}
