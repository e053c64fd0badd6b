// Every error of the API has a status and a body that the browser can show.
import { describe, expect, it, vi } from 'vitest'
import { z } from 'zod'
import { AppError, ERROR_CODES, ErrorBody } from '@/contract/errors'
import { NewPipeline } from '@/contract/run'
import { cursor, parse, parseBody, parseQuery, route, wholeNumber } from './answer'

const request = (init?: RequestInit & { query?: string }) => new Request(`http://x/api${init?.query ?? ''}`, init)
const answerTo = (error: unknown) => route(() => Promise.reject(error))(request(), { params: Promise.resolve({}) })

describe('errors', () => {
  it.each([
    ['bad-input', 400],
    ['not-found', 404],
    ['unauthorised', 401],
    ['forbidden', 403],
    ['rate-limited', 429],
    ['conflict', 409],
    ['unavailable', 503],
    ['cancelled', 409],
    ['broken', 500],
  ] as const)('%s is %i', async (code, status) => {
    vi.spyOn(console, 'error').mockImplementation(() => undefined)
    const response = await answerTo(new AppError(code, 'what and why', { fields: { name: 'too long' } }))
    expect(response.status).toBe(status)
    expect(ErrorBody.parse(await response.json())).toEqual({ error: { code, message: 'what and why', fields: { name: 'too long' } } })
  })

  it('has a status for every code', () => expect(ERROR_CODES).toHaveLength(9))

  it('does not show the text of a bug, but logs it', async () => {
    const log = vi.spyOn(console, 'error').mockImplementation(() => undefined)
    const response = await answerTo(new TypeError('secret is undefined'))
    expect(response.status).toBe(500)
    expect(await response.text()).not.toContain('secret')
    expect(log).toHaveBeenCalled()
  })

  it('calls a database that does not answer unavailable', async () => {
    expect((await answerTo(Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:5432'), { code: 'ECONNREFUSED' }))).status).toBe(503)
  })
})

describe('input', () => {
  it('names the fields of a body that are wrong, by path', async () => {
    const body = JSON.stringify({ runs: [{ name: '', config: { method: 'bm25', datasetId: 'd', seed: 1, depth: 5, k1: 0.9, b: 0.4 } }] })
    await expect(parseBody(request({ method: 'POST', body }), NewPipeline)).rejects.toMatchObject({
      code: 'bad-input',
      fields: { 'runs.0.name': 'Give the run a name', 'runs.0.config.depth': 'At least 10' },
    })
  })

  it('refuses what is not JSON', async () => {
    await expect(parseBody(request({ method: 'POST', body: '{' }), z.object({}))).rejects.toThrow('The body is not JSON')
  })

  it.each(['-1', '1.5', 'x', '', '1e3', '9999999999'])('names a query parameter that is no whole number: %s', (text) => {
    expect(() => parseQuery(request({ query: `?limit=${text}` }), z.object({ limit: wholeNumber(1, 100) }))).toThrow(expect.objectContaining({ code: 'bad-input', fields: { limit: expect.any(String) } }))
  })

  it('reads a cursor of any size an event id has', () => {
    expect(parse('900719925474099312', cursor)).toBe(900719925474099312n)
  })
})
