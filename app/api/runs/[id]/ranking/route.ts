// GET downloads a run's ranking as a TREC or MS MARCO file with official ids.
import path from 'node:path'
import { z } from 'zod'
import { database } from '@/server/db/client'
import { findEvaluation } from '@/server/db/evaluations'
import { findRun } from '@/server/db/runs'
import { readRanking } from '@/server/ranking/ranking'
import { rankingFileName, rankingLines } from '@/server/ranking/export'
import { parseQuery, route, wholeNumber } from '@/app/api/answer'
import { localArtifact } from '@/server/db/local-artifact'
import { datasetFiles } from '@/app/api/open-dataset'

export const dynamic = 'force-dynamic'

const Query = z.object({ format: z.enum(['trec', 'msmarco'], { error: 'Give trec or msmarco' }).default('trec'), checkpoint: wholeNumber(0, 999_999_999).optional() })
/** Lines are sent in pieces of about this many characters. */
const PIECE = 1 << 16

export const GET = route<{ id: string }>(async (request, { id }) => {
  const { format, checkpoint } = parseQuery(request, Query)
  const run = await findRun(database(), id)
  const evaluation = await findEvaluation(database(), id, checkpoint)
  const dataset = await datasetFiles(run.datasetId)
  const ranking = readRanking(path.join(await localArtifact(evaluation.rankingKey), 'ranking.bin'))
  const lines = rankingLines(ranking, dataset, { format, tag: run.name })
  const name = rankingFileName({ runName: run.name, checkpointStep: evaluation.checkpointStep, split: evaluation.split, format })
  return new Response(streamOf(lines), { headers: { 'content-type': 'text/plain; charset=utf-8', 'content-disposition': `attachment; filename="${name}"` } })
})

function streamOf(lines: Generator<string>): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder()
  return new ReadableStream({
    pull(controller) {
      let piece = ''
      let next = lines.next()
      for (; !next.done; next = lines.next()) {
        piece += next.value + '\n'
        if (piece.length >= PIECE) break
      }
      if (piece) controller.enqueue(encoder.encode(piece))
      if (next.done) controller.close()
    },
    cancel: () => void lines.return(undefined),
  })
}
