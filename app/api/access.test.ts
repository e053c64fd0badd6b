// Who gets in and what they may do, through proxy.ts and the routes behind it, on a real Postgres.
import http from 'node:http'
import { createHmac } from 'node:crypto'
import type { AddressInfo } from 'node:net'
import { NextRequest } from 'next/server'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { AuditPage, type CreatedToken, type CreatedWebhook } from '@/contract/access'
import type { Launched } from '@/contract/run'
import { sendWebhooks } from '@/jobs/webhooks'
import { proxy } from '@/proxy'
import { setAccount } from '@/server/db/accounts'
import { database } from '@/server/db/client'
import { closeQueue } from '@/server/db/queue'
import { bm25Run, createExampleDataset, workAll } from '@/tests/launch-examples'
import { freshDatabase, type FreshDatabase } from '@/tests/fresh-database'
import * as auditRoute from './audit/route'
import * as datasetsRoute from './datasets/route'
import * as runsRoute from './runs/route'
import * as sessionRoute from './session/route'
import * as tokensRoute from './tokens/route'
import * as webhooksRoute from './webhooks/route'

let fresh: FreshDatabase
let datasetId: string

type Handler = (request: Request, context: { params: Promise<Record<string, never>> }) => Promise<Response>
interface Sent {
  method?: string
  body?: unknown
  headers?: Record<string, string>
}

const HOST = 'studio.example.org'

/** Sends a request through the proxy and, where that lets it pass, to the route. */
async function send(path: string, handler: Handler | null, { method = 'GET', body, headers = {} }: Sent = {}): Promise<Response> {
  const init = { method, headers: { host: HOST, ...(method === 'GET' ? {} : { origin: `https://${HOST}` }), ...headers }, ...(body !== undefined && { body: JSON.stringify(body) }) }
  const answer = await proxy(new NextRequest(`https://${HOST}${path}`, init))
  if (answer.headers.get('x-middleware-next') !== '1' || !handler) return answer
  // what Next.js does with the headers that a proxy overrides
  const passed = new Headers()
  for (const name of (answer.headers.get('x-middleware-override-headers') ?? '').split(',')) passed.set(name, answer.headers.get(`x-middleware-request-${name}`)!)
  return handler(new Request(`https://${HOST}${path}`, { ...init, headers: passed }), { params: Promise.resolve({}) })
}

const login = (name: string, password: string, address = '10.0.0.1') => send('/api/session', sessionRoute.POST as Handler, { method: 'POST', body: { name, password }, headers: { 'x-forwarded-for': address } })
const cookieOf = (response: Response) => response.headers.get('set-cookie')!.split(';')[0]
let cookie: string
const asEditor = () => ({ cookie })
const token = async (scopes: string[]) => (await (await send('/api/tokens', tokensRoute.POST as Handler, { method: 'POST', body: { name: 'ci', scopes }, headers: asEditor() })).json()) as CreatedToken
const bearer = ({ token: text }: CreatedToken) => ({ authorization: `Bearer ${text}` })

beforeAll(async () => {
  fresh = await freshDatabase()
  process.env.DRHARD_LOGIN = 'required'
  datasetId = await createExampleDataset(fresh.db)
  await workAll(fresh.db, fresh.dataDir)
  await setAccount(fresh.db, { name: 'kim', role: 'editor', password: 'correct horse' })
  await setAccount(fresh.db, { name: 'lee', role: 'viewer', password: 'battery staple' })
})
afterAll(async () => {
  delete process.env.DRHARD_LOGIN
  await closeQueue(database())
  await database().$disconnect()
  await fresh.dispose()
})
beforeEach(async () => {
  await fresh.db.loginFailure.deleteMany()
  cookie ??= cookieOf(await login('kim', 'correct horse'))
})

describe('who has not signed in', () => {
  it('sees the page for signing in and nothing else', async () => {
    const page = await send('/runs/abc?tab=log', null)
    expect(page.status).toBe(307)
    expect(page.headers.get('location')).toBe(`https://${HOST}/login?next=%2Fruns%2Fabc%3Ftab%3Dlog`)
    expect((await send('/api/runs', runsRoute.GET)).status).toBe(401)
    expect((await send('/login', null)).headers.get('x-middleware-next')).toBe('1')
  })

  it('cannot pretend to be somebody by headers of the server', async () => {
    expect((await send('/api/runs', runsRoute.GET, { headers: { 'x-drhard-actor': 'kim', 'x-drhard-role': 'editor' } })).status).toBe(401)
  })

  it('is refused after five wrong passwords from an address, and the account after ten from anywhere', async () => {
    for (let i = 0; i < 5; i++) expect((await login('kim', 'wrong')).status).toBe(401)
    expect((await login('kim', 'correct horse')).status).toBe(429)
    expect((await login('kim', 'correct horse', '10.0.0.2')).status).toBe(200)
    for (let i = 0; i < 5; i++) expect((await login('kim', 'wrong', `10.0.1.${i}`)).status).toBe(401)
    expect((await login('kim', 'correct horse', '10.0.0.3')).status).toBe(429)
  })

  it('learns nothing about which names there are', async () => {
    const [unknown, wrong] = await Promise.all([login('nobody', 'x'), login('kim', 'x', '10.0.0.9')])
    expect(await unknown.json()).toEqual(await wrong.json())
  })
})

describe('a session', () => {
  it('is a cookie that scripts cannot read and other sites cannot send', async () => {
    const answer = await login('kim', 'correct horse')
    expect(answer.headers.get('set-cookie')).toMatch(/^drhard_session=[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict; Expires=.*; Secure$/)
    expect(await answer.json()).toEqual({ name: 'kim', role: 'editor', loginRequired: true })
    expect((await fresh.db.session.findMany()).every((row) => !answer.headers.get('set-cookie')!.includes(row.tokenHash))).toBe(true)
  })

  it('ends by signing out, by its time, and by another password', async () => {
    const other = cookieOf(await login('kim', 'correct horse'))
    await send('/api/session', sessionRoute.DELETE as Handler, { method: 'DELETE', headers: { cookie: other } })
    expect((await send('/api/runs', runsRoute.GET, { headers: { cookie: other } })).status).toBe(401)
    await setAccount(fresh.db, { name: 'max', role: 'viewer', password: 'first word' })
    const max = cookieOf(await login('max', 'first word'))
    await setAccount(fresh.db, { name: 'max', role: 'viewer', password: 'second word' })
    expect((await send('/api/runs', runsRoute.GET, { headers: { cookie: max } })).status).toBe(401)
    const again = cookieOf(await login('max', 'second word'))
    await fresh.db.session.updateMany({ where: { accountName: 'max' }, data: { expiresAt: new Date(Date.now() - 1000) } })
    expect((await send('/api/runs', runsRoute.GET, { headers: { cookie: again } })).status).toBe(401)
  })

  it('changes nothing for a page of another site (CSRF)', async () => {
    const launch = { method: 'POST', body: bm25Run(datasetId, 'forged') }
    expect((await send('/api/runs', runsRoute.POST, { ...launch, headers: { ...asEditor(), origin: 'https://evil.example' } })).status).toBe(403)
    expect(await fresh.db.run.count({ where: { name: 'forged' } })).toBe(0)
  })

  it('of a viewer sees and changes nothing', async () => {
    const headers = { cookie: cookieOf(await login('lee', 'battery staple')) }
    expect((await send('/api/runs', runsRoute.GET, { headers })).status).toBe(200)
    expect((await send('/api/runs', runsRoute.POST, { method: 'POST', body: bm25Run(datasetId, 'viewed'), headers })).status).toBe(403)
    expect((await send('/api/audit', auditRoute.GET, { headers })).status).toBe(403)
    expect((await send('/api/tokens', tokensRoute.POST as Handler, { method: 'POST', body: { name: 'x', scopes: ['admin'] }, headers })).status).toBe(403)
  })
})

describe('a token', () => {
  it('does what its scopes say until it is revoked', async () => {
    const reader = await token(['read'])
    const launcher = await token(['read', 'launch'])
    expect((await send('/api/runs', runsRoute.GET, { headers: bearer(reader) })).status).toBe(200)
    expect((await send('/api/runs', runsRoute.POST, { method: 'POST', body: bm25Run(datasetId, 'no'), headers: bearer(reader) })).status).toBe(403)
    const launched = await send('/api/runs', runsRoute.POST, { method: 'POST', body: bm25Run(datasetId, 'by-token'), headers: { ...bearer(launcher), origin: '' } })
    expect(launched.status).toBe(201)
    expect((await send('/api/tokens', tokensRoute.GET, { headers: bearer(launcher) })).status).toBe(403)
    await fresh.db.apiToken.deleteMany()
    expect((await send('/api/runs', runsRoute.GET, { headers: bearer(launcher) })).status).toBe(401)
    expect(await fresh.db.auditEntry.findFirst({ where: { action: 'run.launch', actor: 'token ci' } })).not.toBeNull()
  })

  it('ends when it was said to', async () => {
    const made = await token(['read'])
    await fresh.db.apiToken.updateMany({ data: { expiresAt: new Date(Date.now() - 1) } })
    expect((await send('/api/runs', runsRoute.GET, { headers: bearer(made) })).status).toBe(401)
  })
})

describe('a launch', () => {
  it('sent twice with one key is launched once; another with that key is refused', async () => {
    const headers = { ...asEditor(), 'idempotency-key': 'night-1' }
    const launch = (name: string) => send('/api/runs', runsRoute.POST, { method: 'POST', body: { runs: [bm25Run(datasetId, name)] }, headers })
    const [one, two] = await Promise.all([launch('once'), launch('once')].map(async (answer) => (await (await answer).json()) as Launched))
    expect(one.pipelineId).toBe(two.pipelineId)
    expect(await fresh.db.run.count({ where: { name: 'once' } })).toBe(1)
    expect((await launch('another')).status).toBe(409)
  })

  it('is written to the audit log with who, where and what; secrets are not', async () => {
    await send('/api/runs', runsRoute.POST, { method: 'POST', body: { runs: [bm25Run(datasetId, 'audited')] }, headers: { ...asEditor(), 'x-forwarded-for': '10.9.8.7' } })
    const { entries } = AuditPage.parse(await (await send('/api/audit?limit=500', auditRoute.GET, { headers: asEditor() })).json())
    expect(entries.find((entry) => JSON.stringify(entry.detail).includes('audited'))).toMatchObject({ actor: 'kim', address: '10.9.8.7', action: 'run.launch' })
    expect(entries.map((entry) => entry.action)).toEqual(expect.arrayContaining(['session.login', 'session.refused', 'session.logout', 'token.create', 'account.change']))
    expect(JSON.stringify(entries)).not.toMatch(/correct horse|battery|drh_/)
  })

  it('larger than a million bytes is refused', async () => {
    const answer = await send('/api/runs', runsRoute.POST, { method: 'POST', body: { runs: [], padding: 'x'.repeat(1_000_001) }, headers: asEditor() })
    expect(answer.status).toBe(400)
    expect(await answer.text()).toContain('more than 1000000 bytes')
  })
})

it('data are imported only from the folders that are open', async () => {
  const answer = await send('/api/datasets', datasetsRoute.POST, { method: 'POST', body: { name: 'etc', source: { kind: 'tsv', folder: '/etc' } }, headers: asEditor() })
  expect(answer.status).toBe(400)
  expect(await answer.text()).toContain('outside of the folders')
})

it('every answer has its security headers, every page its own nonce', async () => {
  const pages = await Promise.all([send('/login', null), send('/login', null)])
  const policies = pages.map((page) => page.headers.get('content-security-policy')!)
  expect(policies[0]).toMatch(/script-src 'self' 'nonce-[\w+/=]{24}'/)
  expect(policies[0]).not.toBe(policies[1])
  for (const answer of [...pages, await send('/api/runs', null)]) expect(answer.headers.get('x-content-type-options')).toBe('nosniff')
})

it('a webhook is called once per end of a run, signed, and again where it did not answer', async () => {
  const heard: { body: string; signature: string }[] = []
  let refuse = true
  const server = http.createServer((request, response) => {
    let body = ''
    request.on('data', (piece) => (body += piece))
    request.on('end', () => {
      response.writeHead(refuse ? 503 : 204).end()
      if (!refuse) heard.push({ body, signature: String(request.headers['x-drhard-signature']) })
      refuse = false
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`
  const hook = (await (await send('/api/webhooks', webhooksRoute.POST as Handler, { method: 'POST', body: { url, states: ['succeeded'] }, headers: asEditor() })).json()) as CreatedWebhook
  await send('/api/runs', runsRoute.POST, { method: 'POST', body: { runs: [bm25Run(datasetId, 'told')] }, headers: asEditor() })
  await workAll(fresh.db, fresh.dataDir)
  await sendWebhooks(fresh.db)
  const [waiting] = (await (await send('/api/webhooks', webhooksRoute.GET, { headers: asEditor() })).json()) as CreatedWebhook[]
  expect(waiting).toMatchObject({ waiting: expect.any(Number), lastError: expect.stringContaining('answered 503') })
  await fresh.db.webhookDelivery.updateMany({ data: { nextAt: new Date(0) } })
  await sendWebhooks(fresh.db)
  await sendWebhooks(fresh.db)
  const told = heard.filter(({ body }) => body.includes('"told"'))
  expect(told).toHaveLength(1)
  expect(JSON.parse(told[0].body)).toMatchObject({ type: 'run', name: 'told', state: 'succeeded' })
  expect(told[0].signature).toBe(`sha256=${createHmac('sha256', hook.secret).update(told[0].body).digest('hex')}`)
  server.close()
})
