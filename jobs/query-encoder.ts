// The query side of a checkpoint, open: checked against the tokens and the document embeddings before anything is computed. Called by the
// steps that compare queries with documents: retrieve (for its parts encode-queries), diagnose, index, teacher-scores.
import path from 'node:path'
import { AppError } from '@/contract/errors'
import type { Device, EncoderConfig } from '@/contract/run'
import { ENCODE_BLOCK_ROWS } from '@/contract/shards'
import { computeOf } from '@/jobs/compute'
import type { StepContext } from '@/jobs/step'
import { readTokens } from '@/server/dataset/token-file'
import type { ArrayFile } from '@/server/files/typed-array-file'
import type { Compute } from '@/server/graph/session'
import { checkTokens } from '@/server/model/check-tokens'
import { openEncoder } from '@/server/model/encode'
import { withSpecials } from '@/server/model/pack'
import { readEncoder } from '@/server/train/checkpoint'

export interface QueryEncoder {
  dim: number
  /** What it computes with; a search beside it does the same. */
  compute: Compute
  /** Embeds queries by row: [rows, dim]. Blocks begin at multiples of ENCODE_BLOCK_ROWS, so that parts which do are the same to the last bit. */
  encode(rows: ArrayLike<number>, options?: { progress?: (done: number) => void }): Promise<Float32Array>
  close(): Promise<void>
}

interface QueryEncoderContext extends Pick<StepContext<'retrieve'>, 'threads' | 'signal' | 'log'> {
  params: { encoder: EncoderConfig; device?: Device }
  inputs: { tokens: string; checkpoint: string }
}

/** Throws AppError where the tokens are another vocabulary's, or `docs` [docs, dim] another model's. */
export async function openQueryEncoder(context: QueryEncoderContext, docs?: ArrayFile<'f32'>): Promise<QueryEncoder> {
  const { params, inputs, signal } = context
  const { maxQueryTokens } = params.encoder
  const tokens = readTokens(path.join(inputs.tokens, 'queries.tokens'))
  const { architecture, weights } = readEncoder(inputs.checkpoint, 'query')
  checkTokens(architecture, tokens, { name: 'queries', maxTokens: maxQueryTokens })
  if (docs && docs.shape[1] !== architecture.dim) throw new AppError('broken', `Document embeddings have ${docs.shape[1]} dimensions, the query encoder ${architecture.dim}; launch the run again`)
  const compute = await computeOf(context)
  const encoder = await openEncoder(architecture, weights, compute)
  return {
    dim: architecture.dim,
    compute,
    async encode(rows, { progress } = {}) {
      const embeddings = new Float32Array(rows.length * architecture.dim)
      for (let from = 0; from < rows.length; from += ENCODE_BLOCK_ROWS) {
        const block = Array.from({ length: Math.min(ENCODE_BLOCK_ROWS, rows.length - from) }, (_, i) => withSpecials(architecture, tokens.row(rows[from + i]), maxQueryTokens))
        embeddings.set(await encoder.encode(block, { signal, progress: progress && ((done) => progress(from + done)) }), from * architecture.dim)
      }
      return embeddings
    },
    close: () => encoder.close(),
  }
}
