// Exact search: faiss's scores, one total order over block borders, collections smaller than k.
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { uniform } from '@/server/random/random'
import { describeShared, sharedPath } from '@/tests/shared-data'
import { openArray, writeArray } from '@/server/files/typed-array-file'
import { openExactSearch } from './exact'
import { mergeTop } from './top-docs'

async function searchOnce(docs: Float32Array, queries: Float32Array, options: { dim: number; k: number; blockRows?: number }) {
  const search = await openExactSearch(docs, { ...options, threads: 1 })
  const found = await search.search(queries)
  await search.close()
  return found
}

describe('exact search', () => {
  test('ties and block borders keep score descending, row ascending, whatever the block size', async () => {
    const dim = 4
    const draw = uniform(1)
    // small integers, so that many documents tie
    const docs = Float32Array.from({ length: 300 * dim }, () => Math.floor(3 * draw()) - 1)
    const queries = Float32Array.from({ length: 70 * dim }, () => Math.floor(3 * draw()) - 1)
    for (const blockRows of [7, 64, 300]) {
      const { docs: found, scores, k } = await searchOnce(docs, queries, { dim, k: 50, blockRows })
      expect(k).toBe(50)
      for (let q = 0; q < 70; q++) {
        const score = (row: number) => docs.subarray(row * dim, (row + 1) * dim).reduce((sum, x, i) => sum + x * queries[q * dim + i], 0)
        const expected = Array.from({ length: 300 }, (_, row) => row).sort((a, b) => score(b) - score(a) || a - b).slice(0, 50)
        expect(Array.from(found.subarray(q * 50, (q + 1) * 50))).toEqual(expected)
        expect(Array.from(scores.subarray(q * 50, (q + 1) * 50))).toEqual(expected.map(score))
      }
    }
  })

  test('k beyond the collection gives every document once', async () => {
    const { docs, k } = await searchOnce(Float32Array.of(1, 2, 3), Float32Array.of(1), { dim: 1, k: 10 })
    expect(k).toBe(3)
    expect(Array.from(docs)).toEqual([2, 1, 0])
  })

  test('a cancelled search stops', async () => {
    const search = await openExactSearch(Float32Array.of(1, 2), { dim: 1, k: 1, threads: 1 })
    await expect(search.search(Float32Array.of(1), { signal: AbortSignal.abort() })).rejects.toThrow(/Cancelled/)
    await search.close()
  })
})

describe('streamed from a file', () => {
  const [rows, dim, count, k] = [1000, 24, 70, 30]
  const draw = uniform(5)
  const docs = Float32Array.from({ length: rows * dim }, () => draw() - 0.5)
  const queries = Float32Array.from({ length: count * dim }, () => draw() - 0.5)
  const file = path.join(fs.mkdtempSync(path.join(os.tmpdir(), 'exact-')), 'embeddings')
  writeArray(file, docs, [rows, dim])
  const searchFile = async (options: { blockRows: number; k?: number; rows?: { from: number; to: number } }, progress?: (done: number, total: number) => void) => {
    const vectors = openArray(file, 'f32')
    const search = await openExactSearch(vectors, { dim, k, threads: 1, ...options })
    const found = await search.search(queries, { progress })
    await search.close()
    vectors.close()
    return found
  }

  test('the very same as in memory, with progress up to the end', async () => {
    const seen: number[][] = []
    const found = await searchFile({ blockRows: 300 }, (done, total) => seen.push([done, total]))
    expect(found).toEqual(await searchOnce(docs, queries, { dim, k, blockRows: 300 }))
    expect(seen).toEqual(Array.from({ length: 8 }, (_, i) => [i + 1, 8]))
  })

  test.each([2, 3, 7])('%i parts, merged, are one search bit by bit', async (pieces) => {
    const border = (part: number) => Math.min(rows, Math.round((Math.ceil(rows / 64) * part) / pieces) * 64)
    const parts = await Promise.all(Array.from({ length: pieces }, (_, i) => searchFile({ blockRows: 64, rows: { from: border(i), to: border(i + 1) } })))
    expect(mergeTop(parts, count, k)).toEqual(await searchFile({ blockRows: 64 }))
  })

  test('k beyond a part, a part without documents, and one that is no whole blocks', async () => {
    const parts = await Promise.all([[0, 500], [500, 500], [500, 1000]].map(([from, to]) => searchFile({ blockRows: 500, k: 600, rows: { from, to } })))
    expect(parts.map((part) => part.k)).toEqual([500, 0, 500])
    expect(mergeTop(parts, count, 600)).toEqual(await searchFile({ blockRows: 500, k: 600 }))
    await expect(searchFile({ blockRows: 500, rows: { from: 0, to: 700 } })).rejects.toThrow(/no whole blocks of 500/)
  })

  test('cancelling in the middle leaves the file free', async () => {
    const abort = new AbortController()
    const vectors = openArray(file, 'f32')
    const search = await openExactSearch(vectors, { dim, k, threads: 1, blockRows: 100 })
    await expect(search.search(queries, { signal: abort.signal, progress: (done) => done === 3 && abort.abort() })).rejects.toThrow(/Cancelled/)
    await search.close()
    vectors.close()
  })
})

describeShared('exact search against faiss IndexFlatIP', 'goldens/drhard/faiss.json', () => {
  test('the same scores', async () => {
    const { X, Q, runs } = JSON.parse(fs.readFileSync(sharedPath('goldens/drhard/faiss.json')!, 'utf8')) as { X: number[][]; Q: number[][]; runs: Record<string, { D: number[][] }> | { k: number; D: number[][] }[] }
    for (const { D } of Object.values(runs)) {
      if (!D) continue // recorded without scores
      const wanted = D.map((row) => row.filter((score) => score > -1e30)) // faiss pads with -FLT_MAX where k > n
      const { scores, k } = await searchOnce(Float32Array.from(X.flat()), Float32Array.from(Q.flat()), { dim: X[0].length, k: D[0].length })
      wanted.forEach((row, q) => expect(Array.from(scores.subarray(q * k, (q + 1) * k))).toEqual(row))
    }
  })
})
