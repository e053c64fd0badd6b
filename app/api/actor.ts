// Who asks, as proxy.ts has found out and passed on. Called by proxy.ts and the routes that write the audit log.
import { Role, type Me } from '@/contract/access'
import type { Actor } from '@/server/db/audit'
import { loginRequired } from '@/server/db/location'

/** Set by proxy.ts alone, which deletes what a client sends under these names. */
export const ACTOR_HEADER = 'x-drhard-actor'
export const ROLE_HEADER = 'x-drhard-role'
export const SESSION_COOKIE = 'drhard_session'

export function actorOf(request: Request): Actor {
  return { name: decodeURIComponent(request.headers.get(ACTOR_HEADER) ?? 'local'), address: addressOf(request) }
}

/** Where a request came from: Next.js writes the peer's address where no proxy in front has. */
export function addressOf(request: Request): string {
  return request.headers.get('x-forwarded-for')?.split(',').at(-1)?.trim() || 'unknown'
}

/** Who asks; null where nobody has signed in. */
export function meOf(request: Request): Me | null {
  const role = request.headers.get(ROLE_HEADER)
  if (role === null) return loginRequired() ? null : { name: 'local', role: 'editor', loginRequired: false }
  return { name: actorOf(request).name, role: Role.parse(role), loginRequired: loginRequired() }
}

/** The session's secret in the request's cookie. */
export function sessionOf(request: Request): string | null {
  return new RegExp(`(?:^|; )${SESSION_COOKIE}=([^;]+)`).exec(request.headers.get('cookie') ?? '')?.[1] ?? null
}
