// Step: embeds a split's queries with a checkpoint and searches the document embeddings exactly, or merges what several workers have found
// in their parts of them. Publishes ranking.bin.
import path from 'node:path'
import { AppError } from '@/contract/errors'
import { queryEmbeddings } from '@/jobs/query-embeddings'
import { shardInputs } from '@/jobs/shard-inputs'
import type { StepContext, StepFunction } from '@/jobs/step'
import { openDataset } from '@/server/dataset/dataset'
import { openArray } from '@/server/files/typed-array-file'
import { RankingBuilder, readRanking, writeRanking, type Ranking } from '@/server/ranking/ranking'
import { openExactSearch } from '@/server/search/exact'
import { mergeTop, type TopDocs } from '@/server/search/top-docs'

const FILE = 'ranking.bin'

export const run: StepFunction<'retrieve'> = async (context) => {
  const shards = shardInputs(context.inputs)
  return shards.length ? mergeShards(context, shards) : searchRows(context)
}

/** Searches the rows [from, to) of the documents, or all. */
export async function searchRows(context: StepContext<'retrieve'> | StepContext<'retrieve-shard'>, rows?: { from: number; to: number }): Promise<unknown> {
  const { params, inputs, outDir, signal, progress } = context
  const dataset = openDataset(inputs.dataset)
  const docs = openArray(path.join(inputs.docs, 'docs.embeddings'), 'f32')
  try {
    const queryRows = dataset.queryRows(params.split)
    const { queries, compute } = await queryEmbeddings(context, docs, queryRows)
    const search = await openExactSearch(docs, { dim: docs.shape[1], k: params.depth, rows, ...compute })
    const top = await search.search(queries, { signal, progress: (done, total) => progress(Math.round((queryRows.length * done) / total), queryRows.length, 'queries') })
    await search.close()
    writeRanking(path.join(outDir, FILE), rankingOf(queryRows, top))
    return { queries: queryRows.length, depth: top.k, device: compute.device }
  } finally {
    docs.close()
    dataset.close()
  }
}

/** One part after another, because each is as long as the ranking that comes out. */
function mergeShards({ params, outDir, log }: StepContext<'retrieve'>, shards: string[]): { queries: number; depth: number } {
  let top: TopDocs | null = null
  let queryRows: Int32Array = new Int32Array(0)
  for (const [i, dir] of shards.entries()) {
    const part = readRanking(path.join(dir, FILE))
    const k = part.queryRows.length ? part.offsets[1] : 0
    if (!top) queryRows = part.queryRows
    const fits = part.queryRows.length === queryRows.length && queryRows.every((row, q) => row === part.queryRows[q] && part.offsets[q + 1] === (q + 1) * k)
    if (!fits) throw new AppError('broken', `Part ${i + 1} of ${shards.length} ranks other queries than the first; launch the run again`)
    const found = { k, docs: part.docRows, scores: part.scores }
    top = top ? mergeTop([top, found], queryRows.length, params.depth) : found
  }
  writeRanking(path.join(outDir, FILE), rankingOf(queryRows, top!))
  log('info', `Merged ${shards.length} parts that workers had searched side by side`)
  return { queries: queryRows.length, depth: top!.k }
}

function rankingOf(queryRows: Int32Array, { k, docs, scores }: TopDocs): Ranking {
  const builder = new RankingBuilder()
  queryRows.forEach((row, i) => builder.add(row, docs.subarray(i * k, (i + 1) * k), scores.subarray(i * k, (i + 1) * k)))
  return builder.build()
}
