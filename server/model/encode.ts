// Turns token sequences into embeddings with a trained encoder. Called by steps encode and retrieve, and by ADORE's training.
import { stopIfCancelled } from '@/server/files/cancel'
import { Graph } from '@/server/graph/graph'
import { hasOwnMemory, openSession, type Compute } from '@/server/graph/session'
import { weightSpecs, type Architecture } from './architecture'
import { pack } from './pack'
import { encoderGraph, packFeeds, weightFeeds, weightInputs } from './encoder-graph'
import type { NamedTensor } from './safetensors'

/** Tokens per run: matrix products over about 1,000 rows stay in a CPU's cache (DESIGN section 1, MLAS GEMM); a GPU wants many at once. */
const TOKENS_PER_PACK = 1024
const TOKENS_PER_PACK_ON_GPU = 32_768

export interface Encoder {
  /** Embeddings of sequences, [rows, dim] in their order. Sequences of similar length are encoded together. */
  encode(rows: readonly ArrayLike<number>[], options?: { signal?: AbortSignal; progress?: (done: number) => void }): Promise<Float32Array>
  close(): Promise<void>
}

/** Opens an encoder over weights by name. `inTraining`: the arrays change between calls; else a GPU gets them once. */
export async function openEncoder(a: Architecture, weights: ReadonlyMap<string, NamedTensor>, { inTraining = false, ...compute }: Compute & { inTraining?: boolean }): Promise<Encoder> {
  const g = new Graph()
  g.output('embeddings', encoderGraph(g, a, weightInputs(g, weightSpecs(a)), 'x'))
  const weightValues = Object.fromEntries(weightFeeds(a, weights))
  const session = await openSession(g, compute, inTraining ? {} : weightValues)
  const fed = inTraining ? weightValues : {}
  const packTokens = hasOwnMemory(compute.device) ? TOKENS_PER_PACK_ON_GPU : TOKENS_PER_PACK

  return {
    async encode(rows, { signal, progress } = {}) {
      const result = new Float32Array(rows.length * a.dim)
      const order = Int32Array.from(rows, (_, i) => i).sort((i, j) => rows[i].length - rows[j].length || i - j)
      for (let from = 0; from < order.length; ) {
        stopIfCancelled(signal)
        let to = from
        for (let tokens = 0; to < order.length && (to === from || tokens + rows[order[to]].length <= packTokens); to++) tokens += rows[order[to]].length
        const members = order.subarray(from, to)
        const { embeddings } = await session.run({ ...fed, ...packFeeds(a, 'x', pack(a, Array.from(members, (i) => rows[i]))) })
        members.forEach((row, i) => result.set((embeddings.data as Float32Array).subarray(i * a.dim, (i + 1) * a.dim), row * a.dim))
        from = to
        progress?.(to)
      }
      return result
    },
    close: () => session.close(),
  }
}
