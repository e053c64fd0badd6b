// BM25 on WordNet's documents: time to index and queries a second on two cores. Called by search.ts.
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { openDataset } from '@/server/dataset/dataset'
import { importWordnet } from '@/server/dataset/import-wordnet'
import { Bm25Index } from '@/server/search/bm25'
import { median, since } from './timing'

const QUERIES = 2000
const K = 1000

/** Seconds and queries a second; medians of `turns`. */
export async function benchBm25(turns: number): Promise<Record<string, number>> {
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'bench-bm25-'))
  try {
    importWordnet(dir)
    const dataset = openDataset(dir)
    const queries = Array.from(dataset.queryRows('dev').subarray(0, QUERIES), (row) => dataset.queries.get(row))
    const indexing: number[] = []
    const rates: number[] = []
    for (let turn = 0; turn < turns; turn++) {
      let started = performance.now()
      const index = new Bm25Index(dataset.docs.all(), { k1: 0.9, b: 0.4 })
      indexing.push(since(started))
      started = performance.now()
      for (const query of queries) index.search(query, K)
      rates.push(queries.length / since(started))
    }
    dataset.close()
    return { 'index, seconds': median(indexing), 'queries a second, one core': median(rates), documents: dataset.docs.count }
  } finally {
    fs.rmSync(dir, { recursive: true })
  }
}
