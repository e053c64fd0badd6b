// Files come in pieces, whole or not at all, and never outside of their upload's folder.
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { POST } from './route'

const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'uploads-'))
const before = process.env.DRHARD_DATA_DIR
beforeAll(() => void (process.env.DRHARD_DATA_DIR = dir))
afterAll(() => {
  if (before === undefined) delete process.env.DRHARD_DATA_DIR
  else process.env.DRHARD_DATA_DIR = before
  fs.rmSync(dir, { recursive: true })
})

const send = async (query: Record<string, string | number>, body: string, headers: Record<string, string> = {}) => {
  const search = new URLSearchParams(Object.entries(query).map(([name, value]) => [name, String(value)]))
  const response = await POST(new Request(`http://x/api/uploads?${search}`, { method: 'POST', body, headers }), { params: Promise.resolve({}) })
  return { status: response.status, body: await response.json() }
}

it('joins pieces in order; the file appears when it is whole', async () => {
  const first = await send({ file: 'qrels/test.tsv', at: 0, total: 6 }, 'abc')
  expect(first).toMatchObject({ status: 201, body: { bytes: 3 } })
  const { upload, folder } = first.body
  expect(folder).toBe(path.join(dir, 'imports', 'uploads', upload))
  expect(fs.existsSync(path.join(folder, 'qrels/test.tsv'))).toBe(false)
  expect(await send({ upload, file: 'qrels/test.tsv', at: 2, total: 6 }, 'x')).toMatchObject({ status: 409, body: { error: { message: 'qrels/test.tsv goes on at byte 3 of 6, not with bytes 2 to 3' } } })
  expect(await send({ upload, file: 'qrels/test.tsv', at: 3, total: 6 }, 'def')).toMatchObject({ status: 201, body: { bytes: 6, upload } })
  expect(fs.readFileSync(path.join(folder, 'qrels/test.tsv'), 'utf8')).toBe('abcdef')
})

it.each([
  [{ file: '../x', at: 0, total: 1 }],
  [{ file: 'qrels/../../x', at: 0, total: 1 }],
  [{ file: '.hidden', at: 0, total: 1 }],
  [{ file: 'x', upload: '../../etc', at: 0, total: 1 }],
  [{ file: 'x', at: 0, total: 99_999_999_999 }],
])('refuses %j', async (query) => {
  expect((await send(query, 'a')).status).toBe(400)
})

it('notices a piece that lost its end on the way', async () => {
  expect(await send({ file: 'x', at: 0, total: 9 }, 'abc', { 'content-length': '9' })).toMatchObject({ status: 400, body: { error: { message: '3 bytes came, 9 were announced; send the piece again' } } })
})
