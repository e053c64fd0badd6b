// Approximate search through faiss, for collections that outgrow exact search: indexes by factory string. Called by the index step, in a
// process of its own: faiss's calls block, and some of its mistakes end the process.
import fs from 'node:fs'
import { AppError } from '@/contract/errors'
import { stopIfCancelled } from '@/server/files/cancel'
import { permutation } from '@/server/random/random'
import { blockRowsFor, blocksOf, loadBlocks, type DocVectors } from './doc-blocks'
import type { TopDocs } from './top-docs'

/** What of faiss-node 0.5.1 is used. It takes plain arrays only. */
interface FaissIndex {
  train(vectors: number[]): void
  add(vectors: number[]): void
  isTrained(): boolean
  ntotal(): number
  getDimension(): number
  search(vectors: number[], k: number): { distances: number[]; labels: number[] }
  write(file: string): void
}
interface Faiss {
  Index: { fromFactory(dim: number, factory: string, metric: number): FaissIndex; read(file: string): FaissIndex }
}

const INNER_PRODUCT = 0
/** Vectors that are added at once: plain arrays take twice the memory of the vectors. */
const ADD_ROWS = 4096
/** faiss wants 39 to 256 vectors per centroid; more only take longer. */
const TRAIN_ROWS = 20_000

export interface BuildOptions {
  dim: number
  /** faiss's description, such as HNSW32 or OPQ8,IVF64,PQ8. */
  factory: string
  /** Inverted lists searched, for IVF; faiss's default of 1 finds little. */
  probes: number
  seed: number
  signal?: AbortSignal
  progress?: (done: number, total: number) => void
}

/** Builds an index over all documents and writes it to `file`. Throws AppError bad-input where faiss is absent or refuses the factory string. */
export async function buildAnnIndex(docs: DocVectors, file: string, { dim, factory, probes, seed, signal, progress }: BuildOptions): Promise<{ docs: number; bytes: number }> {
  const { Index } = await loadFaiss()
  const index = describe(factory, () => Index.fromFactory(dim, factory, INNER_PRODUCT))
  const rows = docs instanceof Float32Array ? docs.length / dim : docs.shape[0]
  if (!index.isTrained()) {
    const sample = await sampleRows(docs, rows, { dim, seed })
    describe(factory, () => index.train(sample))
  }
  for await (const { block, vectors } of loadBlocks(docs, blocksOf(rows, blockRowsFor(docs, dim)), dim))
    for (let from = 0; from < block.to - block.from; from += ADD_ROWS) {
      stopIfCancelled(signal)
      const to = Math.min(block.to - block.from, from + ADD_ROWS)
      index.add(Array.from(vectors.subarray(from * dim, to * dim)))
      progress?.(block.from + to, rows)
    }
  index.write(file)
  setProbes(file, { docs: rows, probes })
  return { docs: rows, bytes: fs.statSync(file).size }
}

export interface AnnSearch {
  /** Queries one after another [queries, dim]; places that faiss leaves empty have document -1. */
  search(queries: Float32Array, k: number): TopDocs
}

export async function openAnnIndex(file: string): Promise<AnnSearch> {
  const { Index } = await loadFaiss()
  const index = Index.read(file)
  return {
    search(queries, k) {
      // faiss-node refuses a k beyond the number of documents
      const depth = Math.min(k, index.ntotal())
      const { distances, labels } = index.search(Array.from(queries), depth)
      return { k: depth, docs: Int32Array.from(labels), scores: Float32Array.from(distances) }
    },
  }
}

/** Share of the first k exact documents that an approximate ranking of the same query holds among its first k. */
export function recallAt(k: number, exact: ArrayLike<number>, approximate: ArrayLike<number>): number {
  const wanted = new Set(Array.from(exact).slice(0, k))
  if (wanted.size === 0) return 1
  return Array.from(approximate).slice(0, k).filter((docRow) => wanted.has(docRow)).length / wanted.size
}

async function loadFaiss(): Promise<Faiss> {
  const name = 'faiss-node' // an optional peer: bundlers and the type checker are not to look for it
  try {
    const loaded = (await import(/* webpackIgnore: true */ name)) as { default?: Faiss } & Faiss
    return loaded.default ?? loaded
  } catch (cause) {
    throw new AppError('bad-input', `Approximate search needs faiss-node, which is not built on this worker (${(cause as Error).message.split('\n')[0]}); run scripts/build-faiss-node there, or choose no index`, { cause })
  }
}

/** faiss says what it cannot do in its own words; the factory string is what the user can change. */
function describe<T>(factory: string, work: () => T): T {
  try {
    return work()
  } catch (cause) {
    throw new AppError('bad-input', `faiss refuses the index "${factory}": ${(cause as Error).message.trim().split('\n').at(-1)}; give another factory string`, { cause })
  }
}

async function sampleRows(docs: DocVectors, rows: number, { dim, seed }: { dim: number; seed: number }): Promise<number[]> {
  const sample = permutation(rows, seed).subarray(0, TRAIN_ROWS).sort()
  const vectors = new Float32Array(sample.length * dim)
  for (const [i, row] of sample.entries()) {
    const into = vectors.subarray(i * dim, (i + 1) * dim)
    if (docs instanceof Float32Array) into.set(docs.subarray(row * dim, (row + 1) * dim))
    else await docs.readRowsInto(into, row)
  }
  return Array.from(vectors)
}

/**
 * faiss-node has no way to set nprobe, which faiss stores in an IVF index's header: fourcc "Iw..", dimension (i32), documents (i64), two
 * unused i64, trained (u8), metric (i32), lists (u64), probes (u64) (faiss/impl/index_write.cpp, 1.7). Written there only where the
 * number of documents is this index's.
 */
function setProbes(file: string, { docs, probes }: { docs: number; probes: number }): void {
  const HEAD_BYTES = 64 << 20 // behind a rotation matrix at most
  const fd = fs.openSync(file, 'r+')
  try {
    const head = Buffer.alloc(Math.min(HEAD_BYTES, fs.fstatSync(fd).size))
    fs.readSync(fd, head, 0, head.length, 0)
    for (let at = head.indexOf('Iw'); at >= 0 && at + 53 <= head.length; at = head.indexOf('Iw', at + 1)) {
      if (head.readBigInt64LE(at + 8) !== BigInt(docs) || head.readInt32LE(at + 4) <= 0) continue
      const lists = Number(head.readBigUInt64LE(at + 37))
      const value = Buffer.alloc(8)
      value.writeBigUInt64LE(BigInt(Math.min(lists, probes)))
      fs.writeSync(fd, value, 0, 8, at + 45)
      return
    }
  } finally {
    fs.closeSync(fd)
  }
}
