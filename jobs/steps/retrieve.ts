// Step: embeds a split's queries with a checkpoint and searches the document embeddings exactly. Publishes ranking.bin.
import path from 'node:path'
import { AppError } from '@/contract/errors'
import { computeOf } from '@/jobs/compute'
import type { StepFunction } from '@/jobs/step'
import { openDataset } from '@/server/dataset/dataset'
import { readTokens } from '@/server/dataset/token-file'
import { openArray } from '@/server/files/typed-array-file'
import { checkTokens } from '@/server/model/check-tokens'
import { openEncoder } from '@/server/model/encode'
import { withSpecials } from '@/server/model/pack'
import { RankingBuilder, writeRanking } from '@/server/ranking/ranking'
import { openExactSearch } from '@/server/search/exact'
import { readEncoder } from '@/server/train/checkpoint'

export const run: StepFunction<'retrieve'> = async (context) => {
  const { params, inputs, outDir, signal, progress } = context
  const dataset = openDataset(inputs.dataset)
  try {
    const queryRows = dataset.queryRows(params.split)
    const tokens = readTokens(path.join(inputs.tokens, 'queries.tokens'))
    const { architecture, weights } = readEncoder(inputs.checkpoint, 'query')
    checkTokens(architecture, tokens, { name: 'queries', maxTokens: params.encoder.maxQueryTokens })
    const docs = openArray(path.join(inputs.docs, 'docs.embeddings'), 'f32')
    if (docs.shape[1] !== architecture.dim) throw new AppError('broken', `Document embeddings have ${docs.shape[1]} dimensions, the query encoder ${architecture.dim}`)

    const compute = await computeOf(context)
    const encoder = await openEncoder(architecture, weights, compute)
    const queries = await encoder.encode(Array.from(queryRows, (row) => withSpecials(architecture, tokens.row(row), params.encoder.maxQueryTokens)), { signal })
    await encoder.close()

    const search = await openExactSearch(docs, { dim: architecture.dim, k: params.depth, ...compute })
    const top = await search.search(queries, { signal, progress: (done, total) => progress(Math.round((queryRows.length * done) / total), queryRows.length, 'queries') })
    await search.close()
    docs.close()

    const builder = new RankingBuilder()
    queryRows.forEach((row, i) => builder.add(row, top.docs.subarray(i * top.k, (i + 1) * top.k), top.scores.subarray(i * top.k, (i + 1) * top.k)))
    writeRanking(path.join(outDir, 'ranking.bin'), builder.build())
    return { queries: queryRows.length, depth: top.k, device: compute.device }
  } finally {
    dataset.close()
  }
}
