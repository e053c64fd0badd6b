// Approximate indexes find what exact search finds, mostly; without faiss-node the error says how to get it.
import fs from 'node:fs'
import { createRequire } from 'node:module'
import os from 'node:os'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { gaussian } from '@/server/random/random'
import { buildAnnIndex, openAnnIndex, recallAt } from './ann'
import { openExactSearch } from './exact'

function hasFaiss(): boolean {
  try {
    createRequire(import.meta.url)('faiss-node')
    return true
  } catch {
    return false
  }
}

it('recall is against the first k exact documents', () => {
  expect(recallAt(2, [1, 2, 3], [2, 9, 1])).toBe(0.5)
  expect(recallAt(3, [1, 2, 3], [3, 2, 1])).toBe(1)
  expect(recallAt(5, [1, 2], [2])).toBe(0.5)
  expect(recallAt(5, [], [])).toBe(1)
})

const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'ann-'))
const [rows, dim, count] = [2000, 16, 40]
const draw = gaussian(4)
const docs = Float32Array.from({ length: rows * dim }, draw)
const queries = Float32Array.from({ length: count * dim }, draw)
const options = { dim, probes: 8, seed: 1 }

describe.runIf(hasFaiss())('with faiss-node (built by scripts/build-faiss-node)', () => {
  it.each([
    ['Flat', 1, 8000],
    ['HNSW32', 0.9, 8000],
    ['SQ8', 0.9, 2000],
    ['IVF16,Flat', 0.75, 8000],
    ['IVF16,SQ8', 0.7, 2000],
    ['PQ8x4', 0.05, 250], // 8-bit codes train for minutes where cores are few
  ])('%s: recall@10 of at least %d', async (factory, least, bytesPer64Floats) => {
    const file = path.join(dir, 'index.faiss')
    const seen: number[] = []
    const { bytes } = await buildAnnIndex(docs, file, { ...options, factory, progress: (done) => seen.push(done) })
    expect(seen.at(-1)).toBe(rows)
    expect(bytes).toBeGreaterThan((bytesPer64Floats / 8000) * rows * dim * 4 * 0.2)
    const search = await openExactSearch(docs, { dim, k: 10, threads: 1 })
    const exact = await search.search(queries)
    await search.close()
    const found = (await openAnnIndex(file)).search(queries, 10)
    const recalls = Array.from({ length: count }, (_, q) => recallAt(10, exact.docs.subarray(q * 10, q * 10 + 10), found.docs.subarray(q * 10, q * 10 + 10)))
    expect(recalls.reduce((a, b) => a + b, 0) / count).toBeGreaterThanOrEqual(least)
  })

  it('more probes find more', async () => {
    const recallOf = async (probes: number) => {
      const file = path.join(dir, `probes-${probes}`)
      await buildAnnIndex(docs, file, { ...options, factory: 'IVF64,Flat', probes })
      const found = (await openAnnIndex(file)).search(queries, 10)
      const all = (await openAnnIndex(path.join(dir, 'probes-64'))).search(queries, 10)
      return Array.from({ length: count }, (_, q) => recallAt(10, all.docs.subarray(q * 10, q * 10 + 10), found.docs.subarray(q * 10, q * 10 + 10))).reduce((a, b) => a + b, 0) / count
    }
    expect(await recallOf(64)).toBe(1) // all lists
    const [one, eight] = [await recallOf(1), await recallOf(8)]
    expect(one).toBeLessThan(eight)
    expect(eight).toBeLessThan(1)
  })

  it('k beyond the documents, and a factory string that is none', async () => {
    const file = path.join(dir, 'few')
    await buildAnnIndex(docs.subarray(0, 3 * dim), file, { ...options, factory: 'HNSW8' })
    expect((await openAnnIndex(file)).search(queries.subarray(0, dim), 10).k).toBe(3)
    await expect(buildAnnIndex(docs, file, { ...options, factory: 'XYZ' })).rejects.toThrow(expect.objectContaining({ code: 'bad-input', message: expect.stringMatching(/faiss refuses the index "XYZ"/) }))
  })
})

describe.runIf(!hasFaiss())('without faiss-node', () => {
  it('says how to get it', async () => {
    await expect(buildAnnIndex(docs, path.join(dir, 'none'), { ...options, factory: 'Flat' })).rejects.toThrow(/needs faiss-node, which is not built on this worker .*scripts\/build-faiss-node/)
  })
})
