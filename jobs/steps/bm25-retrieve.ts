// Step: searches a split's queries with BM25. Publishes ranking.bin.
import path from 'node:path'
import type { StepFunction } from '@/jobs/step'
import { openDataset } from '@/server/dataset/dataset'
import { RankingBuilder, writeRanking } from '@/server/ranking/ranking'
import { Bm25Index } from '@/server/search/bm25'
import { analyserOf } from '@/server/text/analyse'

const PROGRESS_QUERIES = 256

export const run: StepFunction<'bm25-retrieve'> = async ({ params, inputs, outDir, threads, signal, progress, log }) => {
  const dataset = openDataset(inputs.dataset)
  try {
    const { k1, b, depth, split, stemmer, stopWords } = params
    const index = new Bm25Index(dataset.docs.all(), { k1, b, analyse: analyserOf({ stemmer, stopWords }), signal, onProgress: (docs) => progress(docs, dataset.docs.count, 'documents') })
    const queryRows = dataset.queryRows(split)
    const builder = new RankingBuilder()
    let empty = 0
    let done = 0
    for await (const { docRows, scores } of index.searchAll(Array.from(queryRows, (row) => dataset.queries.get(row)), depth, { threads, signal })) {
      builder.add(queryRows[done], docRows, scores)
      if (docRows.length === 0) empty++
      if (++done % PROGRESS_QUERIES === 0) progress(done, queryRows.length, 'queries')
    }
    progress(queryRows.length, queryRows.length, 'queries')
    if (empty > 0) log('warn', `${empty} of ${queryRows.length} queries share no term with any document; their rankings are empty`)
    writeRanking(path.join(outDir, 'ranking.bin'), builder.build())
    return { queries: queryRows.length, depth }
  } finally {
    dataset.close()
  }
}
