// `drhard data get` against a local server that breaks connections: the folder it fills is imported as it is.
import { createHash } from 'node:crypto'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { KnownCollection } from '@/server/dataset/known-downloads'
import { importDataset } from '@/server/dataset/import'
import { breakingServer, type BreakingServer } from '@/tests/breaking-server'
import { getData } from './get-data'

/** A tar with these files, and one that nobody asked for. */
function tar(files: Record<string, string>): Buffer {
  const blocks = Object.entries({ '../evil.tsv': 'x', ...files }).flatMap(([name, text]) => {
    const header = Buffer.alloc(512)
    header.write(name, 0)
    header.write('0000644\0', 100)
    header.write(`${Buffer.byteLength(text).toString(8).padStart(11, '0')}\0`, 124)
    header.write('        ', 148)
    header.write('0', 156)
    header.write(`${header.reduce((a, b) => a + b, 0).toString(8).padStart(6, '0')}\0 `, 148)
    const body = Buffer.alloc(Math.ceil(Buffer.byteLength(text) / 512) * 512)
    body.write(text)
    return [header, body]
  })
  return Buffer.concat([...blocks, Buffer.alloc(1024)])
}

const MEMBERS = {
  'collection.tsv': Array.from({ length: 5000 }, (_, i) => `${i}\tpassage number ${i} ${Math.sin(i)}\n`).join(''),
  'queries.train.tsv': '1\tone\n2\ttwo\n',
  'qrels.train.tsv': '1\t0\t7\t1\n2\t0\t8\t1\n',
  'queries.dev.small.tsv': '3\tthree\n',
  'qrels.dev.small.tsv': '3\t0\t9\t1\n',
  'queries.eval.small.tsv': '4\tfour\n5\tfive\n',
}
const archive = gzipSync(tar(MEMBERS))
const test2019 = gzipSync('5\tfive\n6\tsix\n')
const md5 = (bytes: Buffer) => createHash('md5').update(bytes).digest('hex')
const collection: KnownCollection = {
  title: 'tiny',
  licence: 'free',
  format: 'msmarco-passage',
  diskBytes: 1e6,
  files: [
    { url: 'https://example.org/x/collectionandqueries.tar.gz', bytes: archive.length, md5: md5(archive), members: Object.keys(MEMBERS) },
    { url: 'https://example.org/x/msmarco-test2019-queries.tsv.gz', md5: md5(test2019) },
    { url: 'https://example.org/y/2019qrels-pass.txt' },
  ],
}

let server: BreakingServer
const root = fs.mkdtempSync(path.join(os.tmpdir(), 'get-data-'))
beforeAll(async () => {
  server = await breakingServer({ 'collectionandqueries.tar.gz': archive, 'msmarco-test2019-queries.tsv.gz': test2019, '2019qrels-pass.txt': Buffer.from('5 Q0 10 2\n6 Q0 11 0\n') })
})
afterAll(async () => {
  await server.close()
  fs.rmSync(root, { recursive: true })
})

const get = (dir: string, more: Partial<Parameters<typeof getData>[0]> = {}) =>
  getData({ name: 'tiny', dir, mirror: server.url, signal: new AbortController().signal, log: () => undefined, status: () => undefined, collections: { tiny: collection }, pauseMs: () => 1, ...more })

it('fetches, unpacks and imports, whatever breaks on the way', async () => {
  const dir = path.join(root, 'a')
  server.cutAfter = 20_000
  await get(dir)
  expect(server.requests.length).toBeGreaterThan(3)
  expect(fs.readdirSync(dir).sort()).toEqual([...Object.keys(MEMBERS), 'msmarco-test2019-queries.tsv.gz', '2019qrels-pass.txt'].sort())
  expect(fs.existsSync(path.join(root, 'evil.tsv'))).toBe(false)
  const out = fs.mkdtempSync(path.join(root, 'out-'))
  // query 5 is the leaderboard's and the track's
  expect(await importDataset({ kind: 'msmarco-passage', folder: dir }, out, {})).toMatchObject({ docs: 5000, queries: { train: 2, dev: 1, test: 1, lead: 2 }, positives: { train: 2, dev: 1, test: 1, lead: 1 }, warnings: expect.arrayContaining(['MS MARCO passage: 5,000 documents, 8,841,823 expected', 'MS MARCO passage: 2 relevant pairs in train, 532,761 expected']) })
  const before = server.requests.length
  await get(dir)
  expect(server.requests.length).toBe(before)
})

it('refuses a collection that it does not know and an archive that is another', async () => {
  await expect(get(path.join(root, 'b'), { name: 'trec-9' })).rejects.toThrow(/trec-9 is not known; tiny/)
  const wrong = { ...collection, files: [{ ...collection.files[0], md5: '0' }] }
  await expect(get(path.join(root, 'b'), { collections: { tiny: wrong } })).rejects.toThrow(/its md5 is [0-9a-f]{32}, 0 expected/)
  const lacking = { ...collection, files: [{ ...collection.files[0], members: ['other.tsv'] }] }
  await expect(get(path.join(root, 'c'), { collections: { tiny: lacking } })).rejects.toThrow(/does not hold other\.tsv/)
  const huge = { ...collection, diskBytes: 9e14 }
  await expect(get(path.join(root, 'd'), { collections: { tiny: huge } })).rejects.toThrow(/free, tiny needs about 900 TB; choose another folder with --dir/)
})
