// A link to another page of ours. The page is fetched ahead, whole, when the pointer or the focus comes near it: fetching every link on screen
// ahead, as next/link does, keeps the server busy with pages that nobody opens.
'use client'
import Link from 'next/link'
import { type ComponentProps, useState } from 'react'

/** `ahead`: fetched as soon as it is on screen, for the one link of a list that brings the code for all of them. */
export function PageLink({ ahead = false, onPointerEnter, onFocus, ...props }: Omit<ComponentProps<typeof Link>, 'prefetch'> & { ahead?: boolean }) {
  const [near, setNear] = useState(ahead)
  return (
    <Link
      {...props}
      prefetch={near}
      onPointerEnter={(event) => {
        setNear(true)
        onPointerEnter?.(event)
      }}
      onFocus={(event) => {
        setNear(true)
        onFocus?.(event)
      }}
    />
  )
}
