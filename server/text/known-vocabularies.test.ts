// Known vocabularies, by small ones made here.
import { expect, it } from 'vitest'
import { compareWithKnownVocabulary, fingerprintLines, type KnownVocabulary } from './known-vocabularies'
import type { Vocabulary } from './tokenizer-files'

const tokens = Array.from({ length: 10_000 }, (_, i) => `token${i}`)
const wordpiece = (lines: string[], lowercase = true): Vocabulary => ({ kind: 'wordpiece', vocab: Object.fromEntries(lines.map((line, id) => [line, id])), lowercase, stripAccents: lowercase, splitChinese: true })
const bpe = (lines: string[]): Vocabulary => ({ kind: 'bpe', mode: 'current', lowercase: false, vocab: {}, merges: lines.map((line) => [line, 'x'] as [string, string]) })
const known: KnownVocabulary[] = [
  { name: 'words', kind: 'wordpiece', lines: 10_000, lowercase: true, blocks: fingerprintLines(tokens) },
  { name: 'bytes', kind: 'bpe', lines: 10_000, blocks: fingerprintLines(tokens.map((line) => `${line} x`)) },
]

it('knows a vocabulary whatever the order in which a file has it', () => {
  const shuffled = wordpiece(tokens)
  shuffled.vocab = Object.fromEntries(Object.entries(shuffled.vocab).reverse())
  expect(compareWithKnownVocabulary(shuffled, known)).toEqual({ name: 'words', differences: [] })
  expect(compareWithKnownVocabulary(bpe(tokens), known)).toEqual({ name: 'bytes', differences: [] })
})

it('says where a nearly known one differs', () => {
  expect(compareWithKnownVocabulary(wordpiece(tokens.with(9000, 'other')), known)).toEqual({ name: 'words', differences: ['other tokens from number 8,192 on'] })
  expect(compareWithKnownVocabulary(bpe(tokens.slice(0, 9999)), known)).toEqual({ name: 'bytes', differences: ['9,999 merges, 10,000 expected', 'other merges from number 8,192 on'] })
  expect(compareWithKnownVocabulary(wordpiece(tokens, false), known)).toEqual({ name: 'words', differences: ['texts are not lower-cased, those of words are'] })
  expect(compareWithKnownVocabulary(wordpiece([...tokens, '[new]']), known)).toEqual({ name: 'words', differences: ['10,001 tokens, 10,000 expected', 'other tokens from number 8,192 on'] })
})

it('says nothing of one that is made elsewhere, or of the other kind', () => {
  expect(compareWithKnownVocabulary(wordpiece(tokens.toReversed()), known)).toBeNull()
  expect(compareWithKnownVocabulary(bpe(tokens), known.slice(0, 1))).toBeNull()
})
