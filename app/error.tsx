// A view that threw: says what, and lets the reader try again without losing the rest of the page.
'use client'
import { Button } from '@/components/ui/button'
import { Notice } from '@/components/ui/notice'

export default function ErrorPage({ error, reset }: { error: Error; reset: () => void }) {
  return (
    <Notice role="alert" tone="bad" title="This page broke while it was drawn" actions={<Button onClick={reset}>Try again</Button>}>
      {error.message}
    </Notice>
  )
}
