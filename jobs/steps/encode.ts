// Step: embeds every document with a checkpoint. Publishes docs.embeddings [docs, dim].
import path from 'node:path'
import { computeOf } from '@/jobs/compute'
import type { StepFunction } from '@/jobs/step'
import { readTokens } from '@/server/dataset/token-file'
import { createArrayWriter } from '@/server/files/typed-array-file'
import { checkTokens } from '@/server/model/check-tokens'
import { openEncoder } from '@/server/model/encode'
import { withSpecials } from '@/server/model/pack'
import { readEncoder } from '@/server/train/checkpoint'

/** Documents that are sorted by length together and held in memory. */
const BLOCK_ROWS = 16_384

export const run: StepFunction<'encode'> = async (context) => {
  const { params, inputs, outDir, chunkScale, signal, progress } = context
  const tokens = readTokens(path.join(inputs.tokens, 'docs.tokens'))
  const { architecture, weights } = readEncoder(inputs.checkpoint, 'doc')
  checkTokens(architecture, tokens, { name: 'docs', maxTokens: params.encoder.maxDocTokens })
  const compute = await computeOf(context)
  const encoder = await openEncoder(architecture, weights, compute)
  const writer = createArrayWriter(path.join(outDir, 'docs.embeddings'), 'f32', [architecture.dim])
  const blockRows = Math.ceil(BLOCK_ROWS * chunkScale)
  for (let from = 0; from < tokens.count; from += blockRows) {
    const rows = Array.from({ length: Math.min(blockRows, tokens.count - from) }, (_, i) => withSpecials(architecture, tokens.row(from + i), params.encoder.maxDocTokens))
    writer.append(await encoder.encode(rows, { signal, progress: (done) => progress(from + done, tokens.count, 'documents') }))
  }
  writer.close()
  await encoder.close()
  return { docs: tokens.count, dim: architecture.dim, device: compute.device }
}
