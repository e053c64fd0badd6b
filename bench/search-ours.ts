// Our side of `bench search`: for every line on standard input searches once each way and answers with the seconds.
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import readline from 'node:readline'
import { openArray, writeArray } from '@/server/files/typed-array-file'
import { Graph } from '@/server/graph/graph'
import { openSession } from '@/server/graph/session'
import { uniform } from '@/server/random/random'
import { openExactSearch } from '@/server/search/exact'
import { since } from './timing'

const lines = readline.createInterface({ input: process.stdin })[Symbol.asyncIterator]()
const { docs: rows, queries: count, dim, k } = JSON.parse((await lines.next()).value as string) as Record<'docs' | 'queries' | 'dim' | 'k', number>
const SINGLE = 20
const draw = uniform(1)
const docs = Float32Array.from({ length: rows * dim }, () => draw() - 0.5)
const queries = Float32Array.from({ length: count * dim }, () => draw() - 0.5)
const file = path.join(fs.mkdtempSync(path.join(os.tmpdir(), 'bench-search-')), 'docs.embeddings')
writeArray(file, docs, [rows, dim])
process.on('exit', () => fs.rmSync(path.dirname(file), { recursive: true }))
process.on('SIGTERM', () => process.exit())

const search = await openExactSearch(docs, { dim, k, threads: 2 })
const vectors = openArray(file, 'f32')
const streamed = await openExactSearch(vectors, { dim, k, threads: 2 })
const product = new Graph()
product.output('scores', product.matMul(product.input('queries', ['queries', dim]), product.input('docs', ['docs', dim]), { transB: true }))
const bare = await openSession(product, { threads: 2 })
// the size at which the product alone was fastest of 64 to 1,000 queries and 2,048 to 100,000 documents
const [PRODUCT_QUERIES, PRODUCT_DOCS] = [1000, 4096]
const scores = new Float32Array(PRODUCT_QUERIES * PRODUCT_DOCS)

async function multiply(): Promise<void> {
  for (let from = 0; from < rows; from += PRODUCT_DOCS) {
    const to = Math.min(rows, from + PRODUCT_DOCS)
    const into = { data: scores.subarray(0, PRODUCT_QUERIES * (to - from)), shape: [PRODUCT_QUERIES, to - from] }
    await bare.run({ queries: { data: queries, shape: [count, dim] }, docs: { data: docs.subarray(from * dim, to * dim), shape: [to - from, dim] } }, { scores: into })
  }
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now()
  await work()
  return since(started)
}

for (let line = await lines.next(); !line.done; line = await lines.next()) {
  const turn = {
    'all queries': await timed(() => search.search(queries)),
    'all queries, streamed from the file': await timed(() => streamed.search(queries)),
    'bare matrix product': await timed(multiply),
    'one query': (await timed(async () => {
      for (let i = 0; i < SINGLE; i++) await search.search(queries.subarray(i * dim, (i + 1) * dim))
    })) / SINGLE,
  }
  console.log(JSON.stringify(turn))
}
