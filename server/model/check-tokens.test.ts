// Texts that a model cannot read are refused before the work.
import { expect, test } from 'vitest'
import { GOLDEN_ARCHITECTURE } from '@/tests/fixtures/golden-model'
import { checkTokens } from './check-tokens'

test('a token outside of the vocabulary is named', () => {
  expect(() => checkTokens(GOLDEN_ARCHITECTURE, { ids: Uint16Array.of(3, 200, 7) }, { name: 'docs', maxTokens: 24 })).toThrow(/docs: token 200 is not in the model's vocabulary of 200/)
})

test('texts longer than the position table are refused, with what fits', () => {
  expect(() => checkTokens(GOLDEN_ARCHITECTURE, { ids: Uint16Array.of(3) }, { name: 'queries', maxTokens: 43 })).toThrow(/42 positions; lower the query tokens to 42/)
  expect(() => checkTokens(GOLDEN_ARCHITECTURE, { ids: Uint16Array.of(3, 199) }, { name: 'queries', maxTokens: 42 })).not.toThrow()
})
