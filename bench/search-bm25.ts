// BM25 on WordNet's documents: time to index and queries a second on two cores. Called by search.ts.
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { openDataset } from '@/server/dataset/dataset'
import { importWordnet } from '@/server/dataset/import-wordnet'
import { Bm25Index } from '@/server/search/bm25'
import { median, since } from './timing'

const QUERIES = 2000
/** The depth of the demo's rankings, and the deepest that a run may ask for. */
const DEPTHS = [100, 1000]

/** Medians of `turns`. Rates are by CPU time of this one thread, which a busy machine changes less than the clock. */
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
        const before = process.cpuUsage()
        for (const query of queries) index.search(query, depth)
        const { user, system } = process.cpuUsage(before)
        rates[i].push(queries.length / ((user + system) / 1e6))
      }
    }
    dataset.close()
    return { 'index, seconds': median(indexing), ...Object.fromEntries(DEPTHS.map((depth, i) => [`queries a CPU second, k = ${depth}`, median(rates[i])])), documents: dataset.docs.count }
  } finally {
    fs.rmSync(dir, { recursive: true })
  }
}
