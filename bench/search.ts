// `bench search`: exact search of ours, faiss IndexFlatIP and the bare matrix product in turn, and BM25 on WordNet. Called by run.ts.
import { spawn, spawnSync } from 'node:child_process'
import os from 'node:os'
import path from 'node:path'
import { z } from 'zod'
import { ourSide, sideOf, type Side } from './side'
import { benchBm25 } from './search-bm25'
import { median, printTable } from './timing'

const PYTHON = process.env.DRHARD_BENCH_PYTHON ?? '/usr/bin/python3'
const SEARCH = { docs: 100_000, queries: 1000, dim: 384, k: 100 }

/** Seconds by what was timed. */
const Turn = z.record(z.string(), z.number())
type Turn = z.infer<typeof Turn>

export async function benchSearch({ turns, json }: { turns: number; json: boolean }): Promise<void> {
  const faiss = faissVersion()
  const sides: Side<Turn>[] = [ourSide('search-ours.ts', { work: SEARCH, answer: Turn }), ...(faiss ? [startFaiss(faiss)] : [])]
  const times = new Map<string, number[]>()
  try {
    for (let turn = -1; turn < turns; turn++)
      for (const side of sides)
        for (const [what, seconds] of Object.entries(await side.turn())) if (turn >= 0) times.set(`${side.name}: ${what}`, [...(times.get(`${side.name}: ${what}`) ?? []), seconds])
  } finally {
    for (const side of sides) side.stop()
  }
  const bm25 = await benchBm25(turns)
  const seconds = Object.fromEntries(Array.from(times, ([what, all]) => [what, median(all)]))
  const result = { ...SEARCH, turns, load: os.loadavg()[0], seconds, bm25 }
  if (json) return console.log(JSON.stringify(result, null, 2))
  printTable(`${SEARCH.queries} queries x ${SEARCH.docs} documents x ${SEARCH.dim}, k = ${SEARCH.k}, two threads, median of ${turns}, load ${result.load.toFixed(1)}`, Object.entries(seconds).map(([what, s]) => [what, `${(s * 1000).toFixed(1)} ms`]))
  if (!faiss) console.log(`faiss not measured: ${PYTHON} has none; apt-get install python3-faiss libopenblas0-openmp, or set DRHARD_BENCH_PYTHON`)
  printTable('BM25 on WordNet', Object.entries(bm25).map(([what, value]) => [what, value.toFixed(2)]))
}

function faissVersion(): string | null {
  const found = spawnSync(PYTHON, ['-c', 'import faiss; print(faiss.__version__)'], { encoding: 'utf8' })
  return found.status === 0 ? found.stdout.trim() : null
}

/** OMP_WAIT_POLICY=passive: with OpenMP and OpenBLAS spinning against each other faiss is up to twice as slow. */
function startFaiss(version: string): Side<Turn> {
  const entry = path.join(import.meta.dirname, 'search-faiss.py')
  return sideOf(`faiss ${version}`, spawn(PYTHON, [entry], { stdio: ['pipe', 'pipe', 'inherit'], env: { ...process.env, OMP_WAIT_POLICY: 'passive', OMP_NUM_THREADS: '2' } }), { work: SEARCH, answer: Turn })
}
