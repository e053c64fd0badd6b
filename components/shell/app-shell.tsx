// The frame of every page: navigation at the left on wide screens, at the bottom on small ones; connection state; skip link.
'use client'
import { Boxes, Database, Ellipsis, FileText, FlaskConical, GitCompareArrows, ScrollText, Server, Unplug, Wifi } from 'lucide-react'
import { PageLink } from '@/components/ui/page-link'
import { usePathname } from 'next/navigation'
import type { ReactNode } from 'react'
import { useConnection } from '@/components/connection'
import { cn } from '@/components/ui/class-names'
import { Menu, MenuLink } from '@/components/ui/menu'
import { AccountMenu } from './account-menu'
import { useConnectionProbe } from './use-connection-probe'
import { ThemeMenu } from './theme-menu'
import { useNow } from './use-now'

const PAGES = [
  { href: '/runs', label: 'Runs', icon: FlaskConical },
  { href: '/compare', label: 'Compare', icon: GitCompareArrows },
  { href: '/paper', label: 'Paper', icon: ScrollText },
  { href: '/reports', label: 'Reports', icon: FileText },
  { href: '/datasets', label: 'Data sets', icon: Database },
  { href: '/models', label: 'Models', icon: Boxes },
  { href: '/workers', label: 'Workers', icon: Server },
]

/** What small screens have room for; the rest is behind More. */
const FIRST_PAGES = PAGES.filter(({ href }) => ['/runs', '/compare', '/datasets', '/models'].includes(href))
const OTHER_PAGES = PAGES.filter((page) => !FIRST_PAGES.includes(page))

export function AppShell({ children }: { children: ReactNode }) {
  // Who has not signed in has nowhere to go.
  if (usePathname() === '/login') return <main className="px-4">{children}</main>
  return <Frame>{children}</Frame>
}

function Frame({ children }: { children: ReactNode }) {
  useConnectionProbe()
  return (
    <div className="flex min-h-dvh flex-col md:flex-row">
      <a href="#main" className="sr-only z-50 rounded-md bg-ink px-3 py-2 text-surface focus:not-sr-only focus:fixed focus:top-2 focus:left-2">
        Skip to the content
      </a>
      <header className="flex h-12 items-center gap-2 border-b border-line bg-surface px-4 md:hidden">
        <Brand />
        <div className="ml-auto flex items-center gap-1">
          <ConnectionMark />
          <AccountMenu />
          <ThemeMenu />
        </div>
      </header>
      <aside className="sticky top-0 hidden h-dvh w-14 shrink-0 flex-col border-r border-line bg-surface px-2 py-3 md:flex lg:w-52 lg:px-3">
        <Brand />
        <nav aria-label="Main" className="mt-5 flex flex-col gap-0.5">
          {PAGES.map((page) => (
            <SideLink key={page.href} {...page} />
          ))}
        </nav>
        <div className="mt-auto flex flex-col items-center gap-1 lg:flex-row lg:justify-between">
          <ConnectionMark />
          <span className="flex flex-col lg:flex-row">
            <AccountMenu />
            <ThemeMenu />
          </span>
        </div>
      </aside>
      <div className="flex min-w-0 flex-1 flex-col">
        <ConnectionBanner />
        <main id="main" tabIndex={-1} className="mx-auto w-full max-w-[110rem] flex-1 px-4 pt-4 pb-24 outline-none md:px-6 md:pt-5 md:pb-10">
          {children}
        </main>
      </div>
      <nav aria-label="Main" className="fixed inset-x-0 bottom-0 z-30 grid grid-cols-5 border-t border-line bg-surface pb-[env(safe-area-inset-bottom)] md:hidden">
        {FIRST_PAGES.map((page) => (
          <BottomLink key={page.href} {...page} />
        ))}
        <Menu
          trigger={
            <button type="button" className="flex h-14 flex-col items-center justify-center gap-0.5 text-xs text-ink-3">
              <Ellipsis className="size-5" aria-hidden />
              More
            </button>
          }
        >
          {OTHER_PAGES.map(({ href, label, icon: Icon }) => (
            <MenuLink key={href} href={href}>
              <Icon /> {label}
            </MenuLink>
          ))}
        </Menu>
      </nav>
    </div>
  )
}

function Brand() {
  return (
    <PageLink href="/runs" aria-label="DRhard Studio, runs" className="flex h-8 items-center gap-2 px-1 lg:px-2">
      <BrandMark />
      <span className="text-base font-semibold tracking-tight md:hidden lg:inline">
        DRhard <span className="font-normal text-ink-3">Studio</span>
      </span>
    </PageLink>
  )
}

/** Three rising curves to one point: what the product is about. */
function BrandMark() {
  return (
    <svg viewBox="0 0 24 24" className="size-6 shrink-0" aria-hidden fill="none" strokeWidth={2.25} strokeLinecap="round">
      <path d="M3 20C8 20 9 15 21 14" stroke="var(--run-2)" />
      <path d="M3 20C8 19 10 9 21 8.5" stroke="var(--run-1)" />
      <path d="M3 20C7 18 9 4 21 3" stroke="var(--run-0)" />
    </svg>
  )
}

interface PageLink {
  href: string
  label: string
  icon: typeof Server
}

const useIsCurrent = (href: string) => (usePathname() ?? '').startsWith(href)

function SideLink({ href, label, icon: Icon }: PageLink) {
  const current = useIsCurrent(href)
  return (
    <PageLink
      href={href}
      aria-current={current ? 'page' : undefined}
      title={label}
      className={cn('flex h-9 items-center justify-center gap-2.5 rounded-md px-2 text-base text-ink-2 transition-colors hover:bg-hover hover:text-ink lg:h-8 lg:justify-start', current && 'bg-hover font-medium text-ink')}
    >
      <Icon className="size-4 shrink-0" aria-hidden />
      <span className="sr-only lg:not-sr-only">{label}</span>
    </PageLink>
  )
}

function BottomLink({ href, label, icon: Icon }: PageLink) {
  const current = useIsCurrent(href)
  return (
    <PageLink href={href} aria-current={current ? 'page' : undefined} className={cn('flex h-14 flex-col items-center justify-center gap-0.5 text-xs text-ink-3', current && 'font-medium text-ink')}>
      <Icon className={cn('size-5', current && 'text-accent')} aria-hidden />
      {label}
    </PageLink>
  )
}

function ConnectionMark() {
  const { state } = useConnection()
  const lost = state === 'lost'
  return (
    <span role="status" className={cn('flex items-center gap-1.5 px-1 text-xs text-ink-3 lg:px-2', lost && 'font-medium text-warn')}>
      {lost ? <Unplug className="size-3.5" aria-hidden /> : <Wifi className="size-3.5" aria-hidden />}
      <span className="sr-only lg:not-sr-only">{lost ? 'Not connected' : 'Connected'}</span>
    </span>
  )
}

/** Appears when the loss lasts longer than a blink, and says from when the numbers are. */
function ConnectionBanner() {
  const { lostAt } = useConnection()
  const now = useNow(lostAt === null ? null : 1000)
  if (lostAt === null || now.getTime() - lostAt < 1500) return null
  return (
    <div role="alert" className="sticky top-0 z-30 border-b border-warn/40 bg-warn-soft px-4 py-2 text-sm text-ink md:px-6">
      <strong className="font-semibold">Connection lost.</strong> Everything below is from {new Date(lostAt).toLocaleTimeString('en-GB')}. Trying again; this page catches up by itself.
    </div>
  )
}
