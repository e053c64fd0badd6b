import { describe, expect, it } from 'vitest'
import { contentSecurityPolicy, neededScope, refuseForeign, type RequestFacts } from './policy'

const facts = (changes: Partial<RequestFacts>): RequestFacts => ({ method: 'POST', path: '/api/runs', host: '127.0.0.1:3000', origin: null, fetchSite: null, ambient: true, ...changes })
const local = (changes: Partial<RequestFacts>) => refuseForeign(facts(changes), { loginRequired: false })
const open = (changes: Partial<RequestFacts>) => refuseForeign(facts({ host: 'gpu1.example.org', ...changes }), { loginRequired: true })

describe('foreign requests', () => {
  it.each([
    ['our own page', { origin: 'http://127.0.0.1:3000' }],
    ['curl on this machine', {}],
    ['a typed address', { method: 'GET', fetchSite: 'none' }],
    ['localhost', { host: 'localhost:3000', origin: 'http://localhost:3000' }],
    ['an IPv6 loopback', { host: '[::1]:3000' }],
  ])('local: lets %s through', (_, changes) => expect(local(changes)).toBeNull())

  it.each([
    ['a page of another site', { origin: 'https://evil.example' }],
    ['another port of this machine', { origin: 'http://127.0.0.1:8080' }],
    ['a sandboxed page', { origin: 'null' }],
    ['a form of another site', { fetchSite: 'cross-site' }],
    ['a name that was rebound to this machine', { method: 'GET', host: 'evil.example:3000' }],
    ['a name that begins like this machine', { method: 'GET', host: '127.0.0.1.evil.example' }],
  ])('local: refuses %s', (_, changes) => expect(local(changes)).not.toBeNull())

  it('with a login: any name, but changes only from our pages or with a token', () => {
    expect(open({ origin: 'https://gpu1.example.org' })).toBeNull()
    expect(open({ method: 'GET' })).toBeNull()
    expect(open({})).toContain('API token')
    expect(open({ origin: 'https://evil.example' })).not.toBeNull()
    expect(open({ ambient: false })).toBeNull()
  })
})

it.each([
  ['GET', '/runs', 'read'],
  ['GET', '/api/runs', 'read'],
  ['POST', '/api/runs', 'launch'],
  ['POST', '/api/runs/abc/cancel', 'launch'],
  ['DELETE', '/api/runs/abc', 'admin'],
  ['GET', '/api/tokens', 'admin'],
  ['GET', '/api/audit', 'admin'],
  ['POST', '/api/something/new', 'admin'],
])('%s %s needs %s', (method, path, scope) => expect(neededScope(method, path)).toBe(scope))

it('the policy allows no script without the nonce', () => {
  const policy = contentSecurityPolicy('abc')
  expect(policy).toContain("script-src 'self' 'nonce-abc' 'strict-dynamic'")
  expect(policy).not.toMatch(/script-src[^;]*unsafe/)
  expect(policy).toContain("frame-ancestors 'none'")
})
