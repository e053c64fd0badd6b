// The end of an import's form: why the server refused it, and the button. Used by both import forms.
import type { ReactNode } from 'react'
import { Button } from '@/components/ui/button'
import { Notice } from '@/components/ui/notice'

export function ImportFooter({ refusal, isSubmitting, icon }: { refusal: string | null; isSubmitting: boolean; icon: ReactNode }) {
  return (
    <>
      {refusal && (
        <Notice tone="bad" role="alert" title="The server refused the import">
          {refusal}
        </Notice>
      )}
      <div>
        <Button type="submit" variant="primary" disabled={isSubmitting}>
          {icon} {isSubmitting ? 'Starting' : 'Import'}
        </Button>
      </div>
    </>
  )
}
