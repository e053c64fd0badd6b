// Step: writes a data set's texts as token ids, with the vocabulary of the model that a run starts from, or one learnt here.
import type { StepFunction } from '@/jobs/step'
import { tokeniseDataset } from '@/server/dataset/tokenise'

export const run: StepFunction<'tokenise'> = async ({ params, inputs, outDir, threads, signal, progress, log }) => {
  const { vocabSize } = params
  const source = inputs.model ? { vocabularyDir: inputs.model } : { vocabSize: vocabSize! }
  const counts = await tokeniseDataset(inputs.dataset, outDir, source, { threads, log, signal, progress })
  if (vocabSize !== undefined && counts.vocabSize < vocabSize) log('warn', `The texts have repeated pairs for ${counts.vocabSize} tokens only, not ${vocabSize}`)
  log('info', `${counts.vocabSize} tokens in the vocabulary; ${counts.docTokens} in the documents, ${counts.queryTokens} in the queries`)
  return counts
}
