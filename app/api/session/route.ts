// GET tells who asks, POST signs in, DELETE signs out.
import { Login, type Me } from '@/contract/access'
import { AppError } from '@/contract/errors'
import { signIn, signOut } from '@/server/db/accounts'
import { database } from '@/server/db/client'
import { actorOf, addressOf, meOf, SESSION_COOKIE, sessionOf } from '@/app/api/actor'
import { parseBody, route } from '@/app/api/answer'

export const dynamic = 'force-dynamic'

export const GET = route(async (request) => {
  const me = meOf(request)
  if (!me) throw new AppError('unauthorised', 'Sign in first')
  return me
})

export const POST = route(async (request) => {
  const { person, secret, expiresAt } = await signIn(database(), await parseBody(request, Login), addressOf(request))
  return Response.json({ ...person, loginRequired: true } satisfies Me, { headers: { 'set-cookie': cookie(request, secret, expiresAt) } })
})

export const DELETE = route(async (request) => {
  const secret = sessionOf(request)
  if (secret) await signOut(database(), secret, actorOf(request))
  return new Response(null, { status: 204, headers: { 'set-cookie': cookie(request, '', new Date(0)) } })
})

/** Not readable by scripts, not sent from other sites, and over TLS only where the dashboard is reached so. */
function cookie(request: Request, value: string, expiresAt: Date): string {
  const secure = request.headers.get('x-forwarded-proto') === 'https' || new URL(request.url).protocol === 'https:'
  return `${SESSION_COOKIE}=${value}; Path=/; HttpOnly; SameSite=Strict; Expires=${expiresAt.toUTCString()}${secure ? '; Secure' : ''}`
}
