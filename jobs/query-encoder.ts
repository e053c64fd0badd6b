// The query side of a checkpoint, open: checked against the tokens and the document embeddings before anything is computed. Called by the
// steps that compare queries with documents: retrieve, diagnose, index, teacher-scores.
import path from 'node:path'
import { AppError } from '@/contract/errors'
import type { Device, EncoderConfig } from '@/contract/run'
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
  /** Embeds queries by row: [rows, dim]. */
  encode(rows: ArrayLike<number>): Promise<Float32Array>
  close(): Promise<void>
}

interface QueryEncoderContext extends Pick<StepContext<'retrieve'>, 'threads' | 'signal' | 'log'> {
  params: { encoder: EncoderConfig; device?: Device }
  inputs: { tokens: string; checkpoint: string }
}

/** Throws AppError where the tokens are another vocabulary's, or `docs` [docs, dim] another model's. */
export async function openQueryEncoder(context: QueryEncoderContext, docs: ArrayFile<'f32'>): Promise<QueryEncoder> {
  const { params, inputs, signal } = context
  const { maxQueryTokens } = params.encoder
  const tokens = readTokens(path.join(inputs.tokens, 'queries.tokens'))
  const { architecture, weights } = readEncoder(inputs.checkpoint, 'query')
  checkTokens(architecture, tokens, { name: 'queries', maxTokens: maxQueryTokens })
  if (docs.shape[1] !== architecture.dim) throw new AppError('broken', `Document embeddings have ${docs.shape[1]} dimensions, the query encoder ${architecture.dim}; launch the run again`)
  const compute = await computeOf(context)
  const encoder = await openEncoder(architecture, weights, compute)
  return {
    dim: architecture.dim,
    compute,
    encode: (rows) => encoder.encode(Array.from(rows, (row) => withSpecials(architecture, tokens.row(row), maxQueryTokens)), { signal }),
    close: () => encoder.close(),
  }
}
