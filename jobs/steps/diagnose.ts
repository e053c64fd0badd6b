// Step: what the paper says of a checkpoint, measured: pairwise errors in the whole collection and among the top K, and how many of the
// static negatives are still hard. Publishes diagnosis.json with the errors of every query; the means are the result and become curves.
import fs from 'node:fs'
import path from 'node:path'
import type { DiagnoseResult } from '@/contract/query'
import { openQueryEncoder, type QueryEncoder } from '@/jobs/query-encoder'
import type { StepContext, StepFunction } from '@/jobs/step'
import { openDataset, type Dataset } from '@/server/dataset/dataset'
import { openArray } from '@/server/files/typed-array-file'
import { mean } from '@/server/eval/paired'
import { permutation } from '@/server/random/random'
import { openExactSearch } from '@/server/search/exact'
import { countErrors } from '@/server/search/pairwise-errors'
import { readNegatives } from '@/server/ranking/negatives'

export const run: StepFunction<'diagnose'> = async (context) => {
  const { params, inputs, outDir, signal, progress, log } = context
  const dataset = openDataset(inputs.dataset)
  const docs = openArray(path.join(inputs.docs, 'docs.embeddings'), 'f32')
  const encoder = await openQueryEncoder(context, docs)
  const { dim, compute } = encoder
  try {
    const queryRows = dataset.queryRows(params.split)
    const relevant = Array.from(queryRows, (row) => Int32Array.from(dataset.qrels.relevant(row), ({ docRow }) => docRow))
    const errors = await countErrors(docs, await encoder.encode(queryRows), { dim, relevant, signal, progress: (done, total) => progress(done, total, 'blocks'), ...compute })
    const total = errors.map((each) => each.reduce((a, b) => a + b, 0))
    const top = errors.map((each) => each.reduce((sum, count) => sum + Math.min(count, params.topK), 0))
    const points: DiagnoseResult['points'] = [
      { name: 'total pairwise errors', value: mean(total) },
      { name: `top-${params.topK} pairwise errors`, value: mean(top) },
    ]
    if (inputs.negatives) {
      const share = await staticShare(context, { dataset, encoder, docs })
      points.push({ name: `static negatives in the top ${params.topK}`, value: share })
      log('info', `${(share * 100).toFixed(1)} % of the static negatives are among today's first ${params.topK} documents that are not relevant`)
    }
    fs.writeFileSync(path.join(outDir, 'diagnosis.json'), JSON.stringify({ topK: params.topK, queryRows: Array.from(queryRows), total, top }))
    return { points } satisfies DiagnoseResult
  } finally {
    await encoder.close()
    docs.close()
    dataset.close()
  }
}

interface Searchable {
  dataset: Dataset
  encoder: QueryEncoder
  docs: ReturnType<typeof openArray<'f32'>>
}

/** Over a sample of training queries: the share of a query's first topK static negatives that this checkpoint still ranks among its first topK. */
async function staticShare({ params, inputs, signal }: StepContext<'diagnose'>, { dataset, encoder, docs }: Searchable): Promise<number> {
  const trainRows = dataset.queryRows('train')
  const { offsets, docRows } = readNegatives(path.join(inputs.negatives!, 'negatives'))
  const sample = permutation(trainRows.length, params.seed).subarray(0, params.trainQueries).sort()
  const mostRelevant = Math.max(...Array.from(sample, (i) => dataset.qrels.relevantCount(trainRows[i])))
  const search = await openExactSearch(docs, { dim: encoder.dim, k: params.topK + mostRelevant, ...encoder.compute })
  const found = await search.search(await encoder.encode(sample.map((i) => trainRows[i])), { signal })
  await search.close()
  let kept = 0
  let all = 0
  sample.forEach((i, q) => {
    const relevant = new Set(dataset.qrels.relevant(trainRows[i]).map(({ docRow }) => docRow))
    const hard = new Set(Array.from(found.docs.subarray(q * found.k, (q + 1) * found.k)).filter((row) => !relevant.has(row)).slice(0, params.topK))
    const negatives = docRows.subarray(offsets[i], Math.min(offsets[i + 1], offsets[i] + params.topK))
    all += negatives.length
    kept += negatives.filter((row) => hard.has(row)).length
  })
  return all === 0 ? 0 : kept / all
}
