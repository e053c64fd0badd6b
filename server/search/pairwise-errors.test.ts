// Pairwise errors are what a full sort of the collection says, in memory and streamed.
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { expect, test } from 'vitest'
import { openArray, writeArray } from '@/server/files/typed-array-file'
import { uniform } from '@/server/random/random'
import { countErrors } from './pairwise-errors'

const [rows, dim, count] = [400, 6, 70]
const draw = uniform(9)
// small integers, so that many documents tie
const docs = Float32Array.from({ length: rows * dim }, () => Math.floor(5 * draw()) - 2)
const queries = Float32Array.from({ length: count * dim }, () => Math.floor(5 * draw()) - 2)
const relevant = Array.from({ length: count }, (_, q) => Int32Array.from(new Set([q, (q * 37) % rows, (q * 91 + 5) % rows].slice(0, 1 + (q % 3)))))

function bySorting(q: number): number[] {
  const score = (row: number) => docs.subarray(row * dim, (row + 1) * dim).reduce((sum, x, i) => sum + x * queries[q * dim + i], 0)
  const order = Array.from({ length: rows }, (_, row) => row).sort((a, b) => score(b) - score(a) || a - b)
  return Array.from(relevant[q], (row) => order.slice(0, order.indexOf(row)).filter((each) => !relevant[q].includes(each)).length)
}

test.each([rows, 64])('blocks of %i', async (blockRows) => {
  const errors = await countErrors(docs, queries, { dim, relevant, blockRows, threads: 1 })
  errors.forEach((each, q) => expect(Array.from(each)).toEqual(bySorting(q)))
})

test('streamed from a file, with progress; cancelled it stops', async () => {
  const file = path.join(fs.mkdtempSync(path.join(os.tmpdir(), 'errors-')), 'embeddings')
  writeArray(file, docs, [rows, dim])
  const vectors = openArray(file, 'f32')
  const seen: number[][] = []
  const errors = await countErrors(vectors, queries, { dim, relevant, blockRows: 150, threads: 1, progress: (done, total) => seen.push([done, total]) })
  expect(Array.from(errors[3])).toEqual(bySorting(3))
  expect(seen.at(-1)).toEqual([12, 12])
  await expect(countErrors(vectors, queries, { dim, relevant, threads: 1, signal: AbortSignal.abort() })).rejects.toThrow(/Cancelled/)
  vectors.close()
})
