// What every page needs around it: the query cache, hints and toasts.
'use client'
import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { type ReactNode, useState } from 'react'
import { Toaster } from 'sonner'
import { ApiError } from '@/components/api'
import { HintProvider } from '@/components/ui/tooltip'

/** Only an absent server is worth asking again; a wrong request stays wrong. */
const retries = (failures: number, error: Error) => error instanceof ApiError && error.code === 'unavailable' && failures < 3

export function Providers({ children }: { children: ReactNode }) {
  const [client] = useState(
    () => new QueryClient({ defaultOptions: { queries: { retry: retries, retryDelay: (failures) => 500 * 2 ** failures, networkMode: 'always', structuralSharing: true }, mutations: { networkMode: 'always' } } }),
  )
  return (
    <QueryClientProvider client={client}>
      <HintProvider delayDuration={300}>{children}</HintProvider>
      <Toaster
        position="bottom-right"
        offset={{ bottom: 16, right: 16 }}
        mobileOffset={{ bottom: 72 }}
        toastOptions={{ classNames: { toast: '!bg-raised !border-line !text-ink !font-sans !shadow-float', description: '!text-ink-2', actionButton: '!bg-ink !text-surface' } }}
      />
    </QueryClientProvider>
  )
}
