// Every request passes here first (Next.js calls it): foreign requests are refused, people and tokens are recognised, what they may not do
// is refused, and answers get their security headers. Decisions are in server/access/policy.ts.
import { randomBytes } from 'node:crypto'
import { NextResponse, type NextRequest } from 'next/server'
import { ROLE_SCOPES, type Scope } from '@/contract/access'
import type { ErrorBody, ErrorCode } from '@/contract/errors'
import { contentSecurityPolicy, isPublic, neededScope, refuseForeign, SECURITY_HEADERS } from '@/server/access/policy'
import { findSession } from '@/server/db/accounts'
import { database } from '@/server/db/client'
import { loginRequired } from '@/server/db/location'
import { findToken } from '@/server/db/tokens'
import { ACTOR_HEADER, ROLE_HEADER, SESSION_COOKIE } from '@/app/api/actor'

export const config = { matcher: ['/((?!_next/static|_next/image).*)'] }

interface Caller {
  name: string
  scopes: Scope[]
  role: 'viewer' | 'editor'
}

const LOCAL: Caller = { name: 'local', scopes: ROLE_SCOPES.editor, role: 'editor' }

export async function proxy(request: NextRequest): Promise<Response> {
  const { pathname: path, search } = request.nextUrl
  const { method, headers } = request
  const bearer = /^Bearer (.+)$/i.exec(headers.get('authorization') ?? '')?.[1]
  const facts = { method, path, host: headers.get('host'), origin: headers.get('origin'), fetchSite: headers.get('sec-fetch-site'), ambient: bearer === undefined }
  const foreign = refuseForeign(facts, { loginRequired: loginRequired() })
  if (foreign) return refuse(403, 'forbidden', foreign)

  let caller: Caller | null
  try {
    caller = await findCaller(request, bearer)
  } catch (error) {
    console.error('proxy:', error)
    // Health and the page for signing in say themselves what is wrong.
    if (!isPublic(path)) return refuse(503, 'unavailable', 'The database does not answer; check that ./drhard serve runs, or DATABASE_URL')
    caller = null
  }
  if (!caller && !isPublic(path)) {
    if (path.startsWith('/api/') || bearer !== undefined) return refuse(401, 'unauthorised', bearer === undefined ? 'Sign in first' : 'The token is unknown, revoked or has ended')
    return withHeaders(NextResponse.redirect(new URL(`/login?next=${encodeURIComponent(path + search)}`, publicUrl(request))))
  }
  const needed = neededScope(method, path)
  if (caller && !caller.scopes.includes(needed)) return refuse(403, 'forbidden', `${caller.name} may not do this: it needs the scope “${needed}” (${caller.scopes.join(', ')} granted)`)

  const nonce = randomBytes(16).toString('base64')
  const policy = contentSecurityPolicy(nonce)
  const passed = new Headers(headers)
  passed.set('x-nonce', nonce)
  passed.set('content-security-policy', policy) // Next.js puts the nonce on its own scripts
  passed.delete(ACTOR_HEADER)
  passed.delete(ROLE_HEADER)
  if (caller) {
    passed.set(ACTOR_HEADER, encodeURIComponent(caller.name))
    passed.set(ROLE_HEADER, caller.role)
  }
  const response = withHeaders(NextResponse.next({ request: { headers: passed } }))
  response.headers.set('content-security-policy', policy)
  return response
}

async function findCaller(request: NextRequest, bearer: string | undefined): Promise<Caller | null> {
  if (bearer !== undefined) {
    const token = await findToken(database(), bearer)
    return token && { ...token, role: token.scopes.includes('launch') ? 'editor' : 'viewer' }
  }
  if (!loginRequired()) return LOCAL
  const secret = request.cookies.get(SESSION_COOKIE)?.value
  const person = secret ? await findSession(database(), secret) : null
  return person && { name: person.name, role: person.role, scopes: ROLE_SCOPES[person.role] }
}

/** The address as the browser knows it: Next.js names the one it listens on. */
function publicUrl(request: NextRequest): string {
  const protocol = request.headers.get('x-forwarded-proto') ?? request.nextUrl.protocol.replace(':', '')
  return `${protocol}://${request.headers.get('host')}`
}

function refuse(status: number, code: ErrorCode, message: string): Response {
  return withHeaders(NextResponse.json({ error: { code, message } } satisfies ErrorBody, { status }))
}

function withHeaders<R extends Response>(response: R): R {
  for (const [name, value] of Object.entries(SECURITY_HEADERS)) response.headers.set(name, value)
  return response
}
