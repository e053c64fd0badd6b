// Copies the page's address, which is the comparison.
'use client'
import { Check, Link2 } from 'lucide-react'
import { useState } from 'react'
import { Button } from '@/components/ui/button'

export function CopyLink() {
  const [copied, setCopied] = useState(false)
  const copy = async () => {
    await navigator.clipboard.writeText(location.href)
    setCopied(true)
    setTimeout(() => setCopied(false), 1500)
  }
  return (
    <Button onClick={copy}>
      {copied ? <Check className="text-ok" /> : <Link2 />} {copied ? 'Copied' : 'Copy the link'}
    </Button>
  )
}
