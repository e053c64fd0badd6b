// Step: builds an approximate index of a checkpoint's documents and measures it: recall against the exact ranking, time a query, size.
// Publishes index.faiss and ann.json.
import fs from 'node:fs'
import path from 'node:path'
import type { DiagnoseResult } from '@/contract/query'
import { openQueryEncoder } from '@/jobs/query-encoder'
import type { StepFunction } from '@/jobs/step'
import { openDataset } from '@/server/dataset/dataset'
import { openArray } from '@/server/files/typed-array-file'
import { mean } from '@/server/eval/paired'
import { readRanking } from '@/server/ranking/ranking'
import { buildAnnIndex, openAnnIndex, recallAt } from '@/server/search/ann'

const CUTS = [10, 100]
/** Queries that are searched one by one for their time; recall is over all. */
const TIMED = 500

export const run: StepFunction<'index'> = async (context) => {
  const { params, inputs, outDir, signal, progress, log } = context
  const { factory, probes, seed } = params
  const dataset = openDataset(inputs.dataset)
  const docs = openArray(path.join(inputs.docs, 'docs.embeddings'), 'f32')
  try {
    const file = path.join(outDir, 'index.faiss')
    const encoder = await openQueryEncoder(context, docs)
    const { dim } = encoder
    const queryRows = dataset.queryRows(params.split)
    const queries = await encoder.encode(queryRows)
    await encoder.close()

    const started = performance.now()
    const { bytes } = await buildAnnIndex(docs, file, { dim, factory, probes, seed, signal, progress: (done, total) => progress(done, total, 'documents') })
    const buildSeconds = (performance.now() - started) / 1000

    const index = await openAnnIndex(file)
    const exact = readRanking(path.join(inputs.ranking, 'ranking.bin'))
    const depth = Math.min(Math.max(...CUTS), docs.shape[0])
    const times: number[] = []
    for (let q = 0; q < Math.min(TIMED, queryRows.length); q++) {
      const begun = performance.now()
      index.search(queries.subarray(q * dim, (q + 1) * dim), depth)
      times.push(performance.now() - begun)
    }
    const found = index.search(queries, depth)
    const recalls = CUTS.map((cut) => mean(Array.from(queryRows, (_, q) => recallAt(cut, exact.docRows.subarray(exact.offsets[q], exact.offsets[q + 1]), found.docs.subarray(q * found.k, (q + 1) * found.k)))))
    const msPerQuery = times.sort((a, b) => a - b)[times.length >> 1]
    fs.writeFileSync(path.join(outDir, 'ann.json'), JSON.stringify({ factory, probes, bytes, buildSeconds, msPerQuery, recall: Object.fromEntries(CUTS.map((cut, i) => [cut, recalls[i]])) }))
    log('info', `${factory}: recall against exact search ${CUTS.map((cut, i) => `@${cut} ${recalls[i].toFixed(3)}`).join(', ')}; ${msPerQuery.toFixed(2)} ms a query (median), ${(bytes / 1e6).toFixed(1)} MB against ${((docs.shape[0] * dim * 4) / 1e6).toFixed(1)} MB of vectors, built in ${buildSeconds.toFixed(1)} s`)
    return {
      points: [
        ...CUTS.map((cut, i) => ({ name: `index recall@${cut} against exact`, value: recalls[i] })),
        { name: 'index ms a query', value: msPerQuery },
        { name: 'index megabytes', value: bytes / 1e6 },
      ],
    } satisfies DiagnoseResult
  } finally {
    docs.close()
    dataset.close()
  }
}
