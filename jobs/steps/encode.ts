// Step: embeds every document with a checkpoint, or joins the parts that several workers have embedded. Publishes docs.embeddings [docs, dim].
import path from 'node:path'
import { AppError } from '@/contract/errors'
import { ENCODE_BLOCK_ROWS } from '@/contract/shards'
import { computeOf } from '@/jobs/compute'
import { shardInputs } from '@/jobs/shard-inputs'
import type { StepContext, StepFunction } from '@/jobs/step'
import { readTokens } from '@/server/dataset/token-file'
import { stopIfCancelled } from '@/server/files/cancel'
import { createArrayWriter, readArray } from '@/server/files/typed-array-file'
import { checkTokens } from '@/server/model/check-tokens'
import { openEncoder } from '@/server/model/encode'
import { withSpecials } from '@/server/model/pack'
import { readEncoder } from '@/server/train/checkpoint'

const FILE = 'docs.embeddings'

export const run: StepFunction<'encode'> = async (context) => {
  const shards = shardInputs(context.inputs)
  return shards.length ? joinShards(context, shards) : encodeRows(context, null)
}

/** Embeds the rows [from, to) of the documents, or all. Blocks begin at multiples of ENCODE_BLOCK_ROWS, whoever encodes them. */
export async function encodeRows(context: StepContext<'encode'> | StepContext<'encode-shard'>, range: { from: number; to: number } | null): Promise<unknown> {
  const { params, inputs, outDir, chunkScale, signal, progress } = context
  const tokens = readTokens(path.join(inputs.tokens, 'docs.tokens'))
  const { from: first, to: end } = range ?? { from: 0, to: tokens.count }
  if (end > tokens.count) throw new AppError('broken', `Rows ${first} to ${end} are to be encoded, the collection has ${tokens.count}; launch the run again`)
  const { architecture, weights } = readEncoder(inputs.checkpoint, 'doc')
  checkTokens(architecture, tokens, { name: 'docs', maxTokens: params.encoder.maxDocTokens })
  const compute = await computeOf(context)
  const encoder = await openEncoder(architecture, weights, compute)
  const writer = createArrayWriter(path.join(outDir, FILE), 'f32', [architecture.dim])
  const blockRows = Math.ceil(ENCODE_BLOCK_ROWS * chunkScale)
  for (let from = first; from < end; from += blockRows) {
    const rows = Array.from({ length: Math.min(blockRows, end - from) }, (_, i) => withSpecials(architecture, tokens.row(from + i), params.encoder.maxDocTokens))
    writer.append(await encoder.encode(rows, { signal, progress: (done) => progress(from - first + done, end - first, 'documents') }))
  }
  writer.close()
  await encoder.close()
  return { docs: end - first, dim: architecture.dim, device: compute.device }
}

function joinShards({ inputs, outDir, signal, progress, log }: StepContext<'encode'>, shards: string[]): { docs: number; dim: number } {
  const { count } = readTokens(path.join(inputs.tokens, 'docs.tokens'))
  const parts = shards.map((dir) => readArray(path.join(dir, FILE), 'f32'))
  const dim = parts[0].shape[1]
  const docs = parts.reduce((sum, part) => sum + part.shape[0], 0)
  if (docs !== count || parts.some((part) => part.shape[1] !== dim)) throw new AppError('broken', `The parts have ${docs} documents of ${parts.map((part) => part.shape[1]).join(', ')} dimensions, the collection has ${count}; launch the run again`)
  const writer = createArrayWriter(path.join(outDir, FILE), 'f32', [dim])
  let done = 0
  for (const { data, shape } of parts) {
    stopIfCancelled(signal)
    writer.append(data)
    progress((done += shape[0]), docs, 'documents')
  }
  writer.close()
  log('info', `Joined ${parts.length} parts that workers had encoded side by side`)
  return { docs, dim }
}
