// Step: embeds one text that a person typed and searches the document embeddings for it. Its result is the whole answer; nothing is published beside.
import path from 'node:path'
import { computeOf } from '@/jobs/compute'
import type { StepFunction } from '@/jobs/step'
import type { TryResult } from '@/contract/query'
import { openArray } from '@/server/files/typed-array-file'
import { openEncoder } from '@/server/model/encode'
import { withSpecials } from '@/server/model/pack'
import { sortRanked } from '@/server/ranking/ranking'
import { openExactSearch } from '@/server/search/exact'
import { createTokenizer, readVocabulary } from '@/server/text/tokenizer-files'
import { readEncoder } from '@/server/train/checkpoint'

export const run: StepFunction<'try-query'> = async (context) => {
  const { params, inputs, signal } = context
  const { architecture, weights } = readEncoder(inputs.checkpoint, 'query')
  const tokens = createTokenizer(readVocabulary(inputs.tokens)).encode(params.text)
  const compute = await computeOf(context)
  const encoder = await openEncoder(architecture, weights, compute)
  const query = await encoder.encode([withSpecials(architecture, tokens, params.encoder.maxQueryTokens)], { signal })
  await encoder.close()
  const docs = openArray(path.join(inputs.docs, 'docs.embeddings'), 'f32')
  const search = await openExactSearch(docs, { dim: architecture.dim, k: params.depth, ...compute })
  const top = await search.search(query, { signal })
  await search.close()
  docs.close()
  const ranked = sortRanked(top.docs.subarray(0, top.k), top.scores.subarray(0, top.k))
  return { docRows: Array.from(ranked.docRows), scores: Array.from(ranked.scores) } satisfies TryResult
}
