// The document around every page: theme before paint, run colours, navigation, query cache.
import type { Metadata, Viewport } from 'next'
import { headers } from 'next/headers'
import type { ReactNode } from 'react'
import { RUN_COLOR_CSS } from '@/components/run-colors'
import { AppShell } from '@/components/shell/app-shell'
import { Providers } from '@/components/shell/providers'
import { THEME_SCRIPT } from '@/components/shell/theme-script'
import './globals.css'

export const metadata: Metadata = { title: 'DRhard Studio', description: 'Train, watch and compare dense retrievers' }

export const viewport: Viewport = {
  themeColor: [
    { media: '(prefers-color-scheme: light)', color: '#ffffff' },
    { media: '(prefers-color-scheme: dark)', color: '#16191c' },
  ],
}

export default async function RootLayout({ children }: { children: ReactNode }) {
  // proxy.ts allows the scripts that carry it; reading it makes every page be rendered per request, as a nonce must be.
  const nonce = (await headers()).get('x-nonce') ?? undefined
  return (
    <html lang="en" suppressHydrationWarning>
      <head>
        <script nonce={nonce} suppressHydrationWarning dangerouslySetInnerHTML={{ __html: THEME_SCRIPT }} />
        <style dangerouslySetInnerHTML={{ __html: RUN_COLOR_CSS }} />
      </head>
      <body>
        <Providers>
          <AppShell>{children}</AppShell>
        </Providers>
      </body>
    </html>
  )
}
