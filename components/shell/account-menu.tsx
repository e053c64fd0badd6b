// Who uses the dashboard, the way to tokens and the API, and the way out where one has signed in.
'use client'
import { useQuery } from '@tanstack/react-query'
import { BookOpen, KeyRound, LogOut, Settings, UserRound } from 'lucide-react'
import { toast } from 'sonner'
import { api, keys, messageOf } from '@/components/api'
import { Button } from '@/components/ui/button'
import { Menu, MenuItem, MenuLink, MenuNote } from '@/components/ui/menu'

export function AccountMenu() {
  const me = useQuery({ queryKey: keys.me, queryFn: ({ signal }) => api.me(signal) })
  const signedIn = me.data?.loginRequired ? me.data : null
  const signOut = async () => {
    try {
      await api.signOut()
      location.assign('/login')
    } catch (error) {
      toast.error(messageOf(error))
    }
  }
  return (
    <Menu
      trigger={
        <Button variant="ghost" size="icon" aria-label="Account, settings and API" title="Account, settings and API">
          <UserRound />
        </Button>
      }
    >
      {signedIn && (
        <MenuNote>
          {signedIn.name}, {signedIn.role}
        </MenuNote>
      )}
      <MenuLink href="/settings">
        <Settings /> Settings
      </MenuLink>
      <MenuLink href="/access">
        <KeyRound /> Access and audit log
      </MenuLink>
      <MenuLink href="/api-docs">
        <BookOpen /> API
      </MenuLink>
      {signedIn && (
        <MenuItem onSelect={() => void signOut()}>
          <LogOut /> Sign out
        </MenuItem>
      )}
    </Menu>
  )
}
