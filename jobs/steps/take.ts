// Step: takes results of the original's runs over from a DRhard data folder: a ranking, hard negatives, or document embeddings. Publishes what
// the steps retrieve, mine and encode would.
import path from 'node:path'
import { AppError } from '@/contract/errors'
import type { GivenKind } from '@/contract/step'
import { computeOf } from '@/jobs/compute'
import type { StepContext, StepFunction } from '@/jobs/step'
import { openDataset, type Dataset } from '@/server/dataset/dataset'
import { fingerprintSource } from '@/server/dataset/fingerprint'
import { EXCLUSIONS_FILE, readExclusions } from '@/server/dataset/exclusions'
import { openGivenEmbeddings } from '@/server/dataset/given-embeddings'
import { readQueryOffsets, resultFiles } from '@/server/dataset/given-results'
import { readTokens } from '@/server/dataset/token-file'
import { stopIfCancelled } from '@/server/files/cancel'
import { createArrayWriter } from '@/server/files/typed-array-file'
import { openEncoder } from '@/server/model/encode'
import { withSpecials } from '@/server/model/pack'
import { readOffsetRanking } from '@/server/ranking/offset-ranking'
import { writeRanking } from '@/server/ranking/ranking'
import { readEncoder } from '@/server/train/checkpoint'
import { readHardJson } from '@/server/train/hard-json'
import { mineNegatives, writeNegatives } from '@/server/ranking/negatives'

type Take<W extends GivenKind['what']> = StepContext<'take'> & { params: { what: W } }

const BLOCK_ROWS = 8192
/** Documents that are encoded to tell whether embeddings are those of the model. */
const COMPARED = 24
/** Another maximal length changes long documents; another model all of them. */
const SAME_COSINE = 0.9
const CLOSE_COSINE = 0.9999

export const run: StepFunction<'take'> = async (context) => {
  const { params, inputs } = context
  if (fingerprintSource({ kind: 'drhard', folder: params.folder }) !== params.fingerprint) throw new AppError('bad-input', `Files of ${params.folder} have changed since the data set was imported; import it again`)
  const dataset = openDataset(inputs.dataset)
  try {
    if (params.what === 'ranking') return await takeRanking(context as Take<'ranking'>, dataset)
    if (params.what === 'negatives') return await takeNegatives(context as Take<'negatives'>, dataset)
    return await takeEmbeddings(context as Take<'embeddings'>, dataset)
  } finally {
    dataset.close()
  }
}

async function takeRanking({ params, inputs, outDir }: Take<'ranking'>, dataset: Dataset): Promise<unknown> {
  const { folder, name, split, depth } = params
  const ranking = await readOffsetRanking(resultFiles(folder, name).ranking(split), { queryRows: readQueryOffsets(inputs.dataset, split), docs: dataset.docs.count, depth })
  writeRanking(path.join(outDir, 'ranking.bin'), ranking)
  return { queries: ranking.queryRows.length, depth }
}

async function takeNegatives({ params, inputs, outDir, log }: Take<'negatives'>, dataset: Dataset): Promise<unknown> {
  const { folder, name, mineDepth } = params
  const file = resultFiles(folder, name).negatives
  const rowOfOffset = readQueryOffsets(inputs.dataset, 'train')
  const excluded = inputs.excluded ? readExclusions(path.join(inputs.excluded, EXCLUSIONS_FILE)) : new Map<number, number[]>()
  const notNegative = (row: number) => [...dataset.qrels.relevant(row).map(({ docRow }) => docRow), ...(excluded.get(row) ?? [])]
  const byRow = new Map<number, number[]>()
  await readHardJson(file, (query, docs) => {
    if (query >= rowOfOffset.length) throw new AppError('bad-input', `${file}: there is no training query at offset ${query}; the data set has 0 to ${rowOfOffset.length - 1}`)
    const strange = docs.find((doc) => doc >= dataset.docs.count)
    if (strange !== undefined) throw new AppError('bad-input', `${file}: there is no document at offset ${strange}; the data set has 0 to ${dataset.docs.count - 1}`)
    const row = rowOfOffset[query]
    byRow.set(row, docs.slice(0, mineDepth + notNegative(row).length))
  })
  const rankings = Array.from(dataset.queryRows('train'), (row) => ({ docs: byRow.get(row) ?? [], relevant: notNegative(row) }))
  const missing = rankings.filter(({ docs }) => docs.length === 0).length
  if (missing > 0) log('warn', `${missing} of ${rankings.length} training queries have no hard negatives in ${name}; they train on the other queries' documents`)
  const negatives = mineNegatives(rankings, mineDepth)
  writeNegatives(path.join(outDir, 'negatives'), negatives)
  log('info', `${negatives.docRows.length} negatives for ${rankings.length - missing} train queries`)
  return { queries: rankings.length, negatives: negatives.docRows.length, short: negatives.short }
}

async function takeEmbeddings(context: Take<'embeddings'>, dataset: Dataset): Promise<unknown> {
  const { params, inputs, outDir, signal, progress, log } = context
  const { name, encoder } = params
  const { dim } = readEncoder(inputs.checkpoint!, 'doc').architecture
  const docs = dataset.docs.count
  const given = openGivenEmbeddings(resultFiles(params.folder, name), { docs, dim })
  try {
    const cosine = await compareWithModel(context, docs, (row) => given.read(row, row + 1))
    if (!(cosine >= SAME_COSINE)) throw new AppError('bad-input', `The embeddings of ${name} are not this model's: over ${Math.min(COMPARED, docs)} documents the mean cosine to its own is ${cosine.toFixed(3)}; choose the model that made them`)
    if (cosine < CLOSE_COSINE) log('warn', `The embeddings of ${name} are close to the model's, but not the same (mean cosine ${cosine.toFixed(4)}): were texts cut to ${encoder.maxDocTokens} tokens?`)
    const writer = createArrayWriter(path.join(outDir, 'docs.embeddings'), 'f32', [dim])
    for (let from = 0; from < docs; from += BLOCK_ROWS) {
      stopIfCancelled(signal)
      const to = Math.min(docs, from + BLOCK_ROWS)
      writer.append(given.read(from, to))
      progress(to, docs, 'documents')
    }
    writer.close()
    return { docs, dim }
  } finally {
    given.close()
  }
}

/** Mean cosine between given embeddings and the model's own, over a few documents. */
async function compareWithModel(context: Take<'embeddings'>, docs: number, given: (row: number) => Float32Array): Promise<number> {
  const { params, inputs } = context
  const tokens = readTokens(path.join(inputs.tokens!, 'docs.tokens'))
  const { architecture, weights } = readEncoder(inputs.checkpoint!, 'doc')
  const rows = Array.from({ length: Math.min(COMPARED, docs) }, (_, i) => Math.floor((i * docs) / Math.min(COMPARED, docs)))
  const encoder = await openEncoder(architecture, weights, await computeOf(context))
  const own = await encoder.encode(rows.map((row) => withSpecials(architecture, tokens.row(row), params.encoder.maxDocTokens)))
  await encoder.close()
  const cosines = rows.map((row, i) => cosineOf(given(row), own.subarray(i * architecture.dim, (i + 1) * architecture.dim)))
  return cosines.reduce((sum, value) => sum + value, 0) / rows.length
}

function cosineOf(a: Float32Array, b: Float32Array): number {
  let [dot, aa, bb] = [0, 0, 0]
  for (let i = 0; i < a.length; i++) {
    dot += a[i] * b[i]
    aa += a[i] * a[i]
    bb += b[i] * b[i]
  }
  return dot / Math.sqrt(aa * bb)
}
