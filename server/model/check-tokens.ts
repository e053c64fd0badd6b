// Whether tokenised texts fit a model, before anything is computed from them. Called by the steps that read tokens.
import { AppError } from '@/contract/errors'
import type { TokenFile } from '@/server/dataset/token-file'
import { longestSequence, type Architecture } from './architecture'

/** Throws AppError bad-input where ids are not in the model's vocabulary, or where texts of `maxTokens` would outgrow its position table. */
export function checkTokens(a: Architecture, { ids }: Pick<TokenFile, 'ids'>, { name, maxTokens }: { name: string; maxTokens: number }): void {
  if (maxTokens > longestSequence(a))
    throw new AppError('bad-input', `${name}: texts of ${maxTokens} tokens do not fit the model's ${longestSequence(a)} positions; lower the ${name === 'queries' ? 'query' : 'document'} tokens to ${longestSequence(a)}`)
  let largest = 0
  for (let i = 0; i < ids.length; i++) if (ids[i] > largest) largest = ids[i]
  if (largest >= a.vocabSize) throw new AppError('bad-input', `${name}: token ${largest} is not in the model's vocabulary of ${a.vocabSize}; tokenise with the model's own tokenizer`)
}
