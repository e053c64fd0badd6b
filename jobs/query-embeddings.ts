// A search's queries as embeddings: made here, or read where a step has made them for all workers that share the search. Called by steps/retrieve.
import path from 'node:path'
import { AppError } from '@/contract/errors'
import { readArray, type ArrayFile } from '@/server/files/typed-array-file'
import { joined } from '@/server/graph/joined'
import type { Compute } from '@/server/graph/session'
import { computeOf } from './compute'
import { openQueryEncoder } from './query-encoder'
import { shardInputs } from './shard-inputs'
import type { StepContext } from './step'

export const QUERY_EMBEDDINGS = 'queries.embeddings'

/** Embeddings of queries by row, [rows, dim], and what the search after them computes with. `docs`: what they are searched in, [docs, dim]. */
export async function queryEmbeddings(context: StepContext<'retrieve'> | StepContext<'retrieve-shard'>, docs: ArrayFile<'f32'>, queryRows: Int32Array): Promise<{ queries: Float32Array; compute: Compute }> {
  const parts = shardInputs(context.inputs, 'queries')
  if (parts.length) return { queries: joinParts(parts, queryRows.length, docs.shape[1]), compute: await computeOf(context) }
  const encoder = await openQueryEncoder(context, docs)
  const queries = await encoder.encode(queryRows)
  await encoder.close()
  return { queries, compute: encoder.compute }
}

function joinParts(dirs: string[], rows: number, dim: number): Float32Array {
  const parts = dirs.map((dir) => readArray(path.join(dir, QUERY_EMBEDDINGS), 'f32'))
  const found = parts.reduce((sum, { shape }) => sum + shape[0], 0)
  if (found !== rows || parts.some(({ shape }) => shape[1] !== dim)) throw new AppError('broken', `The embeddings are of ${found} queries with ${parts.map(({ shape }) => shape[1]).join(', ')} dimensions; ${rows} with ${dim} are searched; launch the run again`)
  if (parts.length === 1) return parts[0].data
  return joined(Float32Array, parts.map(({ data }) => data))
}
