// Downloads come through on a server that breaks every connection, go on where they stopped, and never leave a half file under its name.
import { createHash } from 'node:crypto'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { breakingServer, type BreakingServer } from '@/tests/breaking-server'
import { download } from './download'

const CONTENT = Buffer.from(Array.from({ length: 300_000 }, (_, i) => (i * 7919) & 0xff))
const sha256 = createHash('sha256').update(CONTENT).digest('hex')
const pauseMs = () => 1

let server: BreakingServer
let dir: string
beforeEach(async () => {
  server = await breakingServer({ 'a.bin': CONTENT })
  dir = fs.mkdtempSync(path.join(os.tmpdir(), 'download-'))
})
afterEach(async () => {
  await server.close()
  fs.rmSync(dir, { recursive: true })
})
const target = () => path.join(dir, 'a.bin')

it('goes on where the connection broke, as often as it takes', async () => {
  server.cutAfter = 40_000
  const done: number[] = []
  expect(await download(`${server.url}/a.bin`, target(), { sha256, bytes: CONTENT.length, pauseMs, progress: (bytes) => done.push(bytes) })).toBe(CONTENT.length)
  expect(fs.readFileSync(target()).equals(CONTENT)).toBe(true)
  expect(fs.readdirSync(dir)).toEqual(['a.bin'])
  expect(server.requests.length).toBeGreaterThan(5)
  const starts = server.requests.slice(1).map(({ range }) => Number(/^bytes=(\d+)-$/.exec(range!)![1]))
  expect(starts).toEqual(starts.toSorted((a, b) => a - b))
  expect(done.at(-1)).toBe(CONTENT.length)
  expect(done.every((bytes, i) => i === 0 || bytes >= done[i - 1])).toBe(true)
})

it('goes on in another process: what came before is kept', async () => {
  server.cutAfter = 100_000
  const stop = new AbortController()
  await expect(download(`${server.url}/a.bin`, target(), { pauseMs, signal: stop.signal, progress: (bytes) => bytes > 50_000 && stop.abort() })).rejects.toMatchObject({ code: 'cancelled' })
  expect(fs.existsSync(target())).toBe(false)
  const kept = fs.statSync(`${target()}.part`).size
  expect(kept).toBeGreaterThan(0)
  server.cutAfter = Infinity
  server.requests.length = 0
  await download(`${server.url}/a.bin`, target(), { sha256, pauseMs })
  expect(server.requests).toEqual([{ path: 'a.bin', range: `bytes=${kept}-` }])
})

it('begins anew where the file has changed since', async () => {
  server.cutAfter = 100_000
  const other = Buffer.from(CONTENT).reverse()
  await download(`${server.url}/a.bin`, target(), {
    pauseMs,
    sha256: createHash('sha256').update(other).digest('hex'),
    log: () => {
      server.files.set('a.bin', other)
      server.cutAfter = Infinity
    },
  })
  expect(fs.readFileSync(target()).equals(other)).toBe(true)
})

it('begins anew where the server cannot go on', async () => {
  server.ranges = false
  server.cutAfter = 100_000
  await download(`${server.url}/a.bin`, target(), { sha256, pauseMs, log: () => (server.cutAfter = Infinity) })
  expect(server.requests.map(({ range }) => range)).toEqual([undefined, undefined])
})

it.each<[string, Parameters<typeof download>[2], RegExp]>([
  ['a wrong checksum', { sha256: '00' }, /its sha256 is [0-9a-f]{64}, 00 expected; what came is deleted/],
  ['a wrong size', { bytes: 7 }, /has 300000 bytes, 7 expected/],
  ['too large a file', { maxBytes: 1000 }, /has 300000 bytes, more than the 1000 allowed/],
])('refuses %s', async (_, options, message) => {
  await expect(download(`${server.url}/a.bin`, target(), { pauseMs, ...options })).rejects.toThrow(expect.objectContaining({ code: 'bad-input', message: expect.stringMatching(message) }))
  expect(fs.existsSync(target())).toBe(false)
})

it('says at once that an address is wrong', async () => {
  await expect(download(`${server.url}/b.bin`, target(), { pauseMs })).rejects.toThrow(/answered 404 Not Found; check the address/)
  expect(server.requests).toHaveLength(1)
})

it('gives up on a server that is gone, and says what is kept', async () => {
  const { url } = server
  await server.close()
  await expect(download(`${url}/a.bin`, target(), { pauseMs })).rejects.toThrow(expect.objectContaining({ code: 'unavailable', message: expect.stringMatching(/cannot be downloaded: fetch failed.*6 times in a row; what came is kept/) }))
  server = await breakingServer({})
})
