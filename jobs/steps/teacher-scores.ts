// Step: what a teacher says of the training queries' positives and negatives: another encoder's scores, or those of a file. Publishes
// ranking.bin, which training learns from and, of a file, mining takes the negatives from.
import fs from 'node:fs'
import path from 'node:path'
import { AppError } from '@/contract/errors'
import { openQueryEncoder } from '@/jobs/query-encoder'
import type { StepContext, StepFunction } from '@/jobs/step'
import { openDataset, type Dataset } from '@/server/dataset/dataset'
import { fileFingerprint } from '@/server/files/file-fingerprint'
import { openArray } from '@/server/files/typed-array-file'
import { RankingBuilder, writeRanking } from '@/server/ranking/ranking'
import { readTeacherFile } from '@/server/ranking/teacher-file'
import { scorePairs } from '@/server/search/score-pairs'
import { readNegatives } from '@/server/ranking/negatives'

const FILE = 'ranking.bin'
type Scoring<F extends 'model' | 'file'> = StepContext<'teacher-scores'> & { params: { from: F } }

export const run: StepFunction<'teacher-scores'> = async (context) => {
  const dataset = openDataset(context.inputs.dataset)
  try {
    return context.params.from === 'file' ? await readScores(context as Scoring<'file'>, dataset) : await scoreWithModel(context as Scoring<'model'>, dataset)
  } finally {
    dataset.close()
  }
}

async function readScores({ params: { file, fingerprint }, outDir, signal, progress, log }: Scoring<'file'>, dataset: Dataset): Promise<unknown> {
  if (fileFingerprint(file) !== fingerprint) throw new AppError('bad-input', `${file} has changed since the run was launched; launch it again`)
  const { size } = fs.statSync(file)
  const { queryIds, docIds, qrels } = dataset
  const { ranking, taught, warnings } = await readTeacherFile(file, {
    queryIds,
    docIds,
    queryRows: dataset.queryRows('train'),
    isRelevant: (queryRow, docRow) => qrels.relevant(queryRow).some((judged) => judged.docRow === docRow),
    signal,
    progress: (bytes) => progress(bytes, size, 'bytes'),
  })
  for (const warning of warnings) log('warn', warning)
  writeRanking(path.join(outDir, FILE), ranking)
  log('info', `${ranking.docRows.length} scores; ${taught} of ${ranking.queryRows.length} training queries can be taught`)
  return { queries: ranking.queryRows.length, scores: ranking.docRows.length, taught }
}

async function scoreWithModel(context: Scoring<'model'>, dataset: Dataset): Promise<unknown> {
  const { params, inputs, outDir, signal, progress, log } = context
  const docs = openArray(path.join(inputs.docs!, 'docs.embeddings'), 'f32')
  try {
    const queryRows = dataset.queryRows('train')
    const { offsets, docRows } = readNegatives(path.join(inputs.negatives!, 'negatives'))
    const pairs = Array.from(queryRows, (row, i) => Int32Array.from(new Set([...dataset.qrels.relevant(row).map((judged) => judged.docRow), ...docRows.subarray(offsets[i], offsets[i + 1])])).sort())
    const encoder = await openQueryEncoder({ ...context, params, inputs: { tokens: inputs.tokens!, checkpoint: inputs.checkpoint! } }, docs)
    const queries = await encoder.encode(queryRows)
    await encoder.close()
    const scores = await scorePairs(docs, queries, pairs, { dim: encoder.dim, signal, progress: (done, total) => progress(Math.round((queryRows.length * done) / total), queryRows.length, 'queries') })
    const builder = new RankingBuilder()
    queryRows.forEach((row, i) => builder.add(row, pairs[i], scores[i]))
    const ranking = builder.build()
    writeRanking(path.join(outDir, FILE), ranking)
    log('info', `${ranking.docRows.length} pairs of ${queryRows.length} training queries scored`)
    return { queries: queryRows.length, scores: ranking.docRows.length, device: encoder.compute.device }
  } finally {
    docs.close()
  }
}
