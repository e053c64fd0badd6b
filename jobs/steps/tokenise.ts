// Step: learns the vocabulary of a data set and writes its token ids.
import type { StepFunction } from '@/jobs/step'
import { tokeniseDataset } from '@/server/dataset/tokenise'

export const run: StepFunction<'tokenise'> = async ({ params, inputs, outDir, signal, progress, log }) => {
  const counts = tokeniseDataset(inputs.dataset, outDir, { vocabSize: params.vocabSize, signal, progress })
  if (counts.vocabSize < params.vocabSize) log('warn', `The texts have repeated pairs for ${counts.vocabSize} tokens only, not ${params.vocabSize}`)
  log('info', `${counts.vocabSize} tokens in the vocabulary; ${counts.docTokens} in the documents, ${counts.queryTokens} in the queries`)
  return counts
}
