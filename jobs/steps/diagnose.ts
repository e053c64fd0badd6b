// Step: what the paper says of a checkpoint, measured: pairwise errors in the whole collection and among the top K, and how many of the
// static negatives are still hard. Publishes diagnosis.json with the errors of every query; the means are the result and become curves.
import fs from 'node:fs'
import path from 'node:path'
import type { DiagnoseResult } from '@/contract/query'
import { computeOf } from '@/jobs/compute'
import type { StepContext, StepFunction } from '@/jobs/step'
import { openDataset, type Dataset } from '@/server/dataset/dataset'
import { readTokens } from '@/server/dataset/token-file'
import { openArray } from '@/server/files/typed-array-file'
import { openEncoder, type Encoder } from '@/server/model/encode'
import { withSpecials } from '@/server/model/pack'
import { permutation } from '@/server/random/random'
import { openExactSearch } from '@/server/search/exact'
import { countErrors } from '@/server/search/pairwise-errors'
import { readEncoder } from '@/server/train/checkpoint'
import { readNegatives } from '@/server/train/negatives'

export const run: StepFunction<'diagnose'> = async (context) => {
  const { params, inputs, outDir, signal, progress, log } = context
  const dataset = openDataset(inputs.dataset)
  const docs = openArray(path.join(inputs.docs, 'docs.embeddings'), 'f32')
  const tokens = readTokens(path.join(inputs.tokens, 'queries.tokens'))
  const { architecture, weights } = readEncoder(inputs.checkpoint, 'query')
  const compute = await computeOf(context)
  const encoder = await openEncoder(architecture, weights, compute)
  try {
    const encode = (rows: Int32Array) => encoder.encode(Array.from(rows, (row) => withSpecials(architecture, tokens.row(row), params.encoder.maxQueryTokens)), { signal })
    const queryRows = dataset.queryRows(params.split)
    const relevant = Array.from(queryRows, (row) => Int32Array.from(dataset.qrels.relevant(row), ({ docRow }) => docRow))
    const errors = await countErrors(docs, await encode(queryRows), { dim: architecture.dim, relevant, signal, progress: (done, total) => progress(done, total, 'blocks'), ...compute })
    const total = errors.map((each) => each.reduce((a, b) => a + b, 0))
    const top = errors.map((each) => each.reduce((sum, count) => sum + Math.min(count, params.topK), 0))
    const points: DiagnoseResult['points'] = [
      { name: 'total pairwise errors', value: mean(total) },
      { name: `top-${params.topK} pairwise errors`, value: mean(top) },
    ]
    if (inputs.negatives) {
      const share = await staticShare(context, { dataset, encode, docs, dim: architecture.dim, compute })
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
  encode: (rows: Int32Array) => ReturnType<Encoder['encode']>
  docs: ReturnType<typeof openArray<'f32'>>
  dim: number
  compute: Awaited<ReturnType<typeof computeOf>>
}

/** Over a sample of training queries: the share of a query's first topK static negatives that this checkpoint still ranks among its first topK. */
async function staticShare({ params, inputs, signal }: StepContext<'diagnose'>, { dataset, encode, docs, dim, compute }: Searchable): Promise<number> {
  const trainRows = dataset.queryRows('train')
  const { offsets, docRows } = readNegatives(path.join(inputs.negatives!, 'negatives'))
  const sample = permutation(trainRows.length, params.seed).subarray(0, params.trainQueries).sort()
  const mostRelevant = Math.max(...Array.from(sample, (i) => dataset.qrels.relevantCount(trainRows[i])))
  const search = await openExactSearch(docs, { dim, k: params.topK + mostRelevant, ...compute })
  const found = await search.search(await encode(sample.map((i) => trainRows[i])), { signal })
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

const mean = (values: number[]) => values.reduce((a, b) => a + b, 0) / Math.max(1, values.length)
