// Step: writes a data set's texts as token ids, with the vocabulary of the model that a run starts from, or one learnt here.
import type { StepFunction } from '@/jobs/step'
import { tokeniseDataset } from '@/server/dataset/tokenise'

export const run: StepFunction<'tokenise'> = async ({ params, inputs, outDir, threads, signal, progress, log }) => {
  const counts = await tokeniseDataset(inputs.dataset, outDir, { vocabSize: params.vocabSize }, { threads, log, signal, progress })
  if (counts.vocabSize < params.vocabSize) log('warn', `The texts have repeated pairs for ${counts.vocabSize} tokens only, not ${params.vocabSize}`)
  log('info', `${counts.vocabSize} tokens in the vocabulary; ${counts.docTokens} in the documents, ${counts.queryTokens} in the queries`)
  return counts
}
