// BM25 on WordNet's documents: time to index and queries a second on two cores. Called by search.ts.
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { openDataset } from '@/server/dataset/dataset'
import { importWordnet } from '@/server/dataset/import-wordnet'
import { Bm25Index } from '@/server/search/bm25'
import { median, since } from './timing'

/** What the dev split has: about as many as MS MARCO's. */
const QUERIES = 6980
const THREADS = 2
/** The depth of the demo's rankings, and the deepest that a run may ask for. */
const DEPTHS = [100, 1000]

/** Medians of `turns`, by the clock, the start of the threads included. */
export async function benchBm25(turns: number): Promise<Record<string, number>> {
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'bench-bm25-'))
  try {
    importWordnet(dir)
    const dataset = openDataset(dir)
    const queries = Array.from(dataset.queryRows('dev').subarray(0, QUERIES), (row) => dataset.queries.get(row))
    const indexing: number[] = []
    const rates = DEPTHS.map((): number[] => [])
    for (let turn = 0; turn < turns; turn++) {
      const started = performance.now()
      const index = new Bm25Index(dataset.docs.all(), { k1: 0.9, b: 0.4 })
      indexing.push(since(started))
      for (const [i, depth] of DEPTHS.entries()) {
        const begun = performance.now()
        let count = 0
        for await (const _ of index.searchAll(queries, depth, { threads: THREADS })) count++
        rates[i].push(count / since(begun))
      }
    }
    dataset.close()
    return { 'index, seconds': median(indexing), ...Object.fromEntries(DEPTHS.map((depth, i) => [`queries a second on ${THREADS} threads, k = ${depth}`, median(rates[i])])), documents: dataset.docs.count }
  } finally {
    fs.rmSync(dir, { recursive: true })
  }
}
