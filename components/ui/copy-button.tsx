// Copies a text and says so.
'use client'
import { Check, Copy } from 'lucide-react'
import { useState } from 'react'
import { Button } from './button'

export function CopyButton({ text, label }: { text: string; label: string }) {
  const [copied, setCopied] = useState(false)
  const copy = async () => {
    await navigator.clipboard.writeText(text)
    setCopied(true)
    setTimeout(() => setCopied(false), 1500)
  }
  return (
    <Button variant="ghost" size="icon-sm" aria-label={copied ? 'Copied' : label} title={label} onClick={copy}>
      {copied ? <Check className="text-ok" /> : <Copy />}
    </Button>
  )
}
