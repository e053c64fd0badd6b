// Which requests are let through: pure decisions on method, path and headers. Called by proxy.ts, which every request passes.
import type { Scope } from '@/contract/access'
import { scopeOf } from '@/contract/routes'

export interface RequestFacts {
  method: string
  path: string
  /** The Host header. */
  host: string | null
  origin: string | null
  /** Sec-Fetch-Site: set by browsers, not by pages. */
  fetchSite: string | null
  /** True where a browser would send the request's credentials by itself. */
  ambient: boolean
}

const SAFE = new Set(['GET', 'HEAD', 'OPTIONS'])
const LOOPBACK = /^(127\.0\.0\.1|localhost|\[::1\])(:\d+)?$/i

/**
 * Why a request comes from where none should, or null. A page of another site can make a browser send requests here: those that change
 * something must come from our own pages (CSRF), and where nobody signs in, even the name by which we are called must be this
 * machine's (DNS rebinding).
 */
export function refuseForeign({ method, host, origin, fetchSite, ambient }: RequestFacts, { loginRequired }: { loginRequired: boolean }): string | null {
  if (!loginRequired && !LOOPBACK.test(host ?? '')) return `This dashboard is for this machine only and was called as ${host ?? 'nothing'}; open it as 127.0.0.1, or start it with --host and a login`
  if (SAFE.has(method) || !ambient) return null
  if (origin !== null) return hostOf(origin) === host?.toLowerCase() ? null : `A page of ${origin} asked for this; only the dashboard's own pages may`
  if (fetchSite !== null) return fetchSite === 'same-origin' || fetchSite === 'none' ? null : 'A page of another site asked for this; only the dashboard’s own pages may'
  // Neither header: no browser of the last years, but a cookie must not be enough then.
  return loginRequired ? 'The request names no origin; send an API token instead of a cookie' : null
}

function hostOf(origin: string): string | null {
  try {
    return new URL(origin).host.toLowerCase()
  } catch {
    return null // "null" of a sandboxed page
  }
}

/** Paths that are served before anybody has signed in. */
export function isPublic(path: string): boolean {
  return path === '/login' || path === '/api/session' || path === '/api/health' || path === '/icon.svg'
}

/** What one must be allowed to do for a request. */
export function neededScope(method: string, path: string): Scope {
  if (!path.startsWith('/api/')) return 'read'
  return scopeOf(method, path) ?? (SAFE.has(method) ? 'read' : 'admin')
}

/** The content security policy of a page. Styles may be inline: charts and menus place themselves by style attributes. */
export function contentSecurityPolicy(nonce: string): string {
  return [
    "default-src 'self'",
    `script-src 'self' 'nonce-${nonce}' 'strict-dynamic'`,
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' data: blob:",
    "font-src 'self'",
    "connect-src 'self'",
    "object-src 'none'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
  ].join('; ')
}

/** Headers of every answer. */
export const SECURITY_HEADERS: Record<string, string> = {
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), microphone=(), geolocation=(), payment=()',
}
